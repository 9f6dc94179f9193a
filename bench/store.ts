// Does adding a project, durably and over HTTP, take longer when more are stored, and how long does a restart take?

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ProjectDocument, RunRecord } from '../master/store/documents.ts'
import { startPostgres } from '../scripts/sample/postgres.ts'
import { BENCH_USER, type BenchMaster, benchProject, startBenchMaster } from './bench-master.ts'
import { type Clock, wallClock } from './clock.ts'
import type { Report } from './report.ts'
import { spreadOf } from './statistics.ts'
import { storedProject, storedRun } from './stored-objects.ts'

const STORED = [10, 100, 1_000, 10_000]
const SAMPLES = 100
const WRITERS = 64
const RESTARTS = 5
const RUNS_EACH = 200
/** The original, measured in 2026 on a machine with two processors. */
const ORIGINAL_ADD_MS = 105

export async function benchStore(report: Report): Promise<void> {
  report.note(
    `each figure is of ${SAMPLES} add_project requests with a token; the answer comes when the project is on disk`,
  )
  const embedded = await startBenchMaster()
  await benchAdds(report, embedded, 'embedded')
  await embedded.stop()
  const postgres = await startPostgres({ fsync: 'on' })
  const shared = await startBenchMaster({
    STORE_URL: postgres.createDatabase('bench'),
    STORE_KEY: 'a store key of the benchmark',
    SLAVE_TOKEN: 'slave-token-of-the-benchmark',
    MASTER_RSYNCD_PASSWORD: 'password of the benchmark',
  })
  await benchAdds(report, shared, 'PostgreSQL')
  await shared.stop()
  await postgres.end()
  await benchRestart(report)
}

/** Adds projects to a master, and measures at each number of `steps`. */
export async function benchAdds(
  report: Report,
  master: BenchMaster,
  store: string,
  steps: readonly number[] = STORED,
  clock: Clock = wallClock,
): Promise<void> {
  const { token } = await master.context.users.createToken(BENCH_USER, undefined)
  const destRoot = master.context.settings.DEST_ROOT
  let next = 0
  const addSome = (count: number) =>
    Promise.all(Array.from({ length: count }, () => timeAdd(master.url, token, benchProject(next++, destRoot), clock)))
  // The first requests of a process pay for its warming up; there are some before the first figure, too.
  await addSome(10)
  const medians: number[] = []
  for (const stored of steps) {
    while (next < stored) await addSome(Math.min(WRITERS, stored - next))
    const alone: number[] = []
    for (let sample = 0; sample < SAMPLES; sample++) alone.push(...(await addSome(1)))
    const many: number[] = []
    const started = performance.now()
    while (many.length < SAMPLES * 4) many.push(...(await addSome(WRITERS)))
    const rate = (many.length / (performance.now() - started)) * 1000
    medians.push(report.figure(`${store}, ${stored} stored, one writer`, 'ms', alone))
    report.figure(`${store}, ${stored} stored, ${WRITERS} writers at once`, '/s', rate)
  }
  const { greatest } = spreadOf(medians)
  const [few = Number.NaN, many = Number.NaN] = [medians[0], medians.at(-1)]
  report.figure(`${store}: ${steps.at(-1)} stored over ${steps[0]} stored, one writer`, '', many / few, {
    most: 2,
  })
  report.figure(
    `${store}: the original's ${ORIGINAL_ADD_MS} ms over the greatest median`,
    '',
    ORIGINAL_ADD_MS / greatest,
  )
}

async function timeAdd(url: string, token: string, body: object, clock: Clock): Promise<number> {
  const started = clock()
  const response = await fetch(`${url}/add_project/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(text)
  return clock() - started
}

async function benchRestart(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const count = STORED.at(-1) ?? 0
  const at = (...parts: string[]) => path.join(folder, 'store', ...parts)
  for (const name of ['projects', 'runs']) mkdirSync(at(name), { recursive: true })
  for (let number = 0; number < count; number++) {
    const project = storedProject(number, path.join(folder, 'mirror'))
    const runs = Array.from({ length: RUNS_EACH }, (_, index) => storedRun(project, index + 1))
    writeFileSync(
      at('projects', `${project.key}.json`),
      JSON.stringify({ version: ProjectDocument.version, data: project }),
    )
    const head = { version: RunRecord.version, records: RunRecord.name }
    const lines = [head, ...runs].map((one) => `${JSON.stringify(one)}\n`)
    writeFileSync(at('runs', `${project.key}.jsonl`), lines.join(''))
  }
  const times: number[] = []
  for (let restart = 0; restart < RESTARTS; restart++) {
    const started = performance.now()
    const master = await startBenchMaster({}, folder)
    const { token } = await master.context.users.createToken(BENCH_USER, undefined)
    const response = await fetch(`${master.url}/list_projects/`, { headers: { authorization: `Bearer ${token}` } })
    await response.text()
    times.push(performance.now() - started)
    await master.stop()
  }
  report.figure(`embedded: start to the first whole list, ${count} projects with ${RUNS_EACH} runs each`, 'ms', times)
  rmSync(folder, { recursive: true, force: true })
}

// The soak test: a fleet with schedules, edits and faults for a number of minutes. Fails when a run is lost or a tree wrong.

import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '../shared/schemas/run.ts'
import { hasEnded } from '../shared/schemas/run-state.ts'
import { type Fleet, startFleet } from './sample/fleet.ts'
import { compareTrees, makeSampleTree } from './sample/trees.ts'
import { until } from './sample/until.ts'
import { startUpstream, type Upstream } from './sample/upstream.ts'
import { createFaults, type FaultCounts } from './soak/faults.ts'

const MINUTES = Number(process.argv[2] ?? 10)
const PROJECTS = ['alpha', 'beta', 'gamma', 'delta']
const SLAVES = 3

interface Counts {
  faults: FaultCounts
  edits: number
  seen: Map<string, Run>
}

async function main(): Promise<number> {
  const root = await mkdtemp(path.join(tmpdir(), 'mirrorfleet-soak-'))
  const upstream = await startUpstream({ root: path.join(root, 'upstream') })
  const fleet = await startFleet({
    root,
    slaves: SLAVES,
    settings: { RUN_HISTORY: '100000', SLAVE_POLL_S: '1', RETRY_BACKOFF_S: '1', LOG_LEVEL: 'warn' },
  })
  try {
    return await soak(upstream, fleet)
  } finally {
    await fleet.stop()
    await upstream.stop()
    await rm(root, { recursive: true, force: true })
  }
}

async function soak(upstream: Upstream, fleet: Fleet): Promise<number> {
  for (const [index, project] of PROJECTS.entries()) {
    await makeSampleTree(path.join(upstream.folder, project))
    await fleet.api.ask('/add_project/', {
      project,
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: `${upstream.module}/${project}`,
      dest: fleet.destRoot,
      publish: index % 2 === 0 ? 'atomic' : 'in_place',
      keep_generations: 2 + index,
      cron_options: { second: '*/5' },
      rsync_options: { basic: ['--bwlimit=4m'], defaults: ['-avH'], delete: '--delete' },
    })
  }
  let kept = new Map<string, Run>()
  const faults = createFaults(fleet, {
    kept: () => {
      kept = new Map(counts.seen)
    },
    // What the restored master has not seen is lost with what it was restored from.
    forgotten: () => {
      counts.seen = new Map(kept)
    },
  })
  const counts: Counts = { faults: faults.counts, edits: 0, seen: new Map() }
  await sleep(5_000)
  const memoryAtStart = residentMib(fleet)
  const end = Date.now() + MINUTES * 60_000
  say(
    `Soaking for ${MINUTES} minutes: ${PROJECTS.length} projects every 5 seconds, ${SLAVES} slaves, a fault every few seconds …`,
  )
  while (Date.now() < end || !faults.isThrough()) {
    await step(upstream, fleet, counts)
    await faults.inject()
    const left = Math.max(0, Math.round((end - Date.now()) / 1000))
    say(`${left} s left: ${describe(counts.faults)}; ${counts.seen.size} ended runs seen`)
  }
  return finish(upstream, fleet, counts, memoryAtStart)
}

async function step(upstream: Upstream, fleet: Fleet, counts: Counts): Promise<void> {
  await edit(upstream, counts)
  if (Math.random() < 0.2) await rollBack(fleet)
  await sleep(2_000 + Math.random() * 4_000)
  await collect(fleet, counts)
}

/** Takes an atomic project back to any of its trees; it is refused while the project is being synced. */
async function rollBack({ api }: Fleet): Promise<void> {
  const atomic = PROJECTS.filter((_, index) => index % 2 === 0)
  const id = atomic[Math.floor(Math.random() * atomic.length)]
  const { body } = await api.call(`/list_generations/?id=${id}`).catch(() => ({ body: [] }))
  const kept: { generation: number }[] = Array.isArray(body) ? body.filter(({ state }) => state === 'kept') : []
  const back = kept[Math.floor(Math.random() * kept.length)]
  if (back !== undefined) await api.call('/rollback_project/', { id, generation: back.generation }).catch(() => null)
}

/** Remembers every run that was reported as ended: none of them may be lost or change later. */
async function collect(fleet: Fleet, counts: Counts): Promise<void> {
  const runs: Run[] = await fleet.api.ask('/list_runs/?limit=1000')
  for (const run of runs) if (hasEnded(run.state)) counts.seen.set(run.run, run)
}

async function edit(upstream: Upstream, counts: Counts): Promise<void> {
  const project = PROJECTS[counts.edits % PROJECTS.length] ?? ''
  const number = counts.edits++
  await writeFile(path.join(upstream.folder, project, `added-${number}`), `${number}\n`.repeat(1 + (number % 5_000)))
  await rm(path.join(upstream.folder, project, `added-${number - 3 * PROJECTS.length}`), { force: true })
  await writeFile(path.join(upstream.folder, project, 'disk.img'), Buffer.alloc(500_000 + number, number % 256))
}

async function finish(upstream: Upstream, fleet: Fleet, counts: Counts, memoryAtStart: number): Promise<number> {
  for (const project of PROJECTS) await fleet.api.ask(`/disable_project/?id=${project}`)
  await until(
    'all runs to end',
    async () => {
      const runs: Run[] = await fleet.api.ask('/list_runs/?limit=1000')
      return runs.every((run) => hasEnded(run.state))
    },
    120_000,
  )
  const problems: string[] = []
  let compared = 0
  const wrong: string[] = []
  for (const project of PROJECTS) {
    const run = await fleet.api.sync(project)
    if (run.state !== 'succeeded')
      problems.push(`the last sync of ${project} ended as ${run.state}: ${run.error?.message}`)
    for (const folder of [fleet.destRoot, ...fleet.slaves.map((slave) => slave.publicFolder)]) {
      const difference = compareTrees(path.join(upstream.folder, project), path.join(folder, project))
      compared++
      if (difference !== '') wrong.push(`${folder}/${project} differs:\n${difference}`)
    }
  }
  const all = await listAllRuns(fleet)
  const lost = [...counts.seen.values()].filter((run) => all.get(run.run)?.state !== run.state)
  const doubled = PROJECTS.flatMap((project) =>
    overlaps([...all.values()].filter((run) => run.id === project && run.upstream.state !== 'skipped')),
  )
  problems.push(...wrong)
  if (lost.length > 0) problems.push(`lost: ${lost.map((run) => run.run).join(', ')}`)
  if (doubled.length > 0) problems.push(`doubled: ${doubled.join(', ')}`)

  say(`\nminutes ${MINUTES}: ${describe(counts.faults)}, ${counts.edits} edits`)
  say(`runs ${all.size}: ${tally([...all.values()])}`)
  say(
    `lost ${lost.length}, wrong ${wrong.length} of ${compared} trees compared, doubled ${doubled.length}; memory of the master ${memoryAtStart} MiB after the start, ${residentMib(fleet)} MiB at the end`,
  )
  for (const problem of problems) say(`PROBLEM ${problem}`)
  return problems.length === 0 ? 0 : 1
}

async function listAllRuns(fleet: Fleet): Promise<Map<string, Run>> {
  const all = new Map<string, Run>()
  let before = ''
  for (;;) {
    const page: Run[] = await fleet.api.ask(`/list_runs/?limit=1000${before}`)
    for (const run of page) all.set(run.run, run)
    const last = page.at(-1)
    if (last === undefined) return all
    before = `&before=${last.run}`
  }
}

/** The pairs of runs of one project that overlapped in time. */
function overlaps(runs: readonly Run[]): string[] {
  const started = runs
    .filter((run) => run.started_at !== null)
    .sort((a, b) => String(a.started_at).localeCompare(String(b.started_at)))
  return started.flatMap((run, index) => {
    const before = started[index - 1]
    const overlaps = before?.finished_at && run.started_at && run.started_at < before.finished_at
    return overlaps ? [`${before.run} and ${run.run}`] : []
  })
}

function describe({ masterKills, slaveKills, restores, tornFiles }: FaultCounts): string {
  return `${masterKills} master kills, ${slaveKills} slave kills, ${restores} restored backups, ${tornFiles} torn files`
}

function tally(runs: readonly Run[]): string {
  const byState = new Map<string, number>()
  for (const run of runs) byState.set(run.state, (byState.get(run.state) ?? 0) + 1)
  return [...byState].map(([state, count]) => `${count} ${state}`).join(', ')
}

/** proc(5): VmRSS, in MiB. */
function residentMib(fleet: Fleet): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${fleet.master.pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kib) / 1024)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

process.exitCode = await main()

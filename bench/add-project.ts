// Does adding a project, durably and over HTTP, take longer the more are stored?

import { BENCH_USER, benchProject, startBenchMaster } from './bench-master.ts'
import { print, spreadOf } from './statistics.ts'

const STORED = [10, 1_000, 10_000]
const SAMPLES = 100
const FILLERS_AT_ONCE = 64

export async function benchAddProject(): Promise<void> {
  const master = await startBenchMaster()
  const { destRoot, token } = await prepare(master)
  let next = 0
  const medians: number[] = []
  for (const stored of STORED) {
    while (next < stored) {
      const batch = Array.from({ length: Math.min(FILLERS_AT_ONCE, stored - next) }, () => next++)
      await Promise.all(batch.map((number) => master.context.projects.add(BENCH_USER, benchProject(number, destRoot))))
    }
    const times: number[] = []
    for (let sample = 0; sample < SAMPLES; sample++)
      times.push(await timeAdd(master.url, token, benchProject(next++, destRoot)))
    const { median, greatest } = spreadOf(times)
    medians.push(median)
    print(`${stored} stored: median ${median.toFixed(2)} ms, slowest ${greatest.toFixed(2)} ms of ${SAMPLES}`)
  }
  const { least, greatest } = spreadOf(medians)
  print(`greatest median over least: ${(greatest / least).toFixed(2)}`)
  await master.stop()
}

async function prepare(master: Awaited<ReturnType<typeof startBenchMaster>>) {
  const { token } = await master.context.users.createToken(BENCH_USER, undefined)
  const destRoot = master.context.settings.DEST_ROOT
  // The first requests of a process pay for its warming up.
  for (let number = 0; number < SAMPLES; number++)
    await timeAdd(master.url, token, benchProject(1_000_000 + number, destRoot))
  for (let number = 0; number < SAMPLES; number++)
    await master.context.projects.remove(BENCH_USER, `project-${1_000_000 + number}`, false)
  return { destRoot, token }
}

async function timeAdd(url: string, token: string, body: object): Promise<number> {
  const started = performance.now()
  const response = await fetch(`${url}/add_project/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(text)
  return performance.now() - started
}

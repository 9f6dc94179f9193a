// What do many scheduled projects cost while they are idle, and how fast are projects queued that fall due together?

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSoloSchedules } from '../master/solo/schedules.ts'
import { ProjectDocument } from '../master/store/documents.ts'
import { startFleet } from '../scripts/sample/fleet.ts'
import { until } from '../scripts/sample/until.ts'
import { startBenchMaster } from './bench-master.ts'
import { processorMs } from './process-costs.ts'
import type { Report } from './report.ts'
import { storedProject } from './stored-objects.ts'

const SIZES = [10_000, 100_000]
const DUE_TOGETHER = 1_000
const SETTLE_S = 75
const IDLE_S = 60
const ROUNDS = 5

export async function benchScheduler(report: Report): Promise<void> {
  for (const size of SIZES) await benchSize(report, size)
}

async function benchSize(report: Report, size: number): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const folder = path.join(root, 'master')
  const projects = path.join(folder, 'store', 'projects')
  mkdirSync(projects, { recursive: true })
  for (let number = 0; number < size; number++) {
    const data = storedProject(number, path.join(folder, 'mirror'))
    writeFileSync(path.join(projects, `${data.key}.json`), JSON.stringify({ version: ProjectDocument.version, data }))
  }
  const master = await startBenchMaster({ MAX_CONCURRENT_SYNCS: '1' }, folder)
  const { context } = master
  const before = heapUsed()
  await context.schedules.start([])
  report.figure(`${size} projects: memory of the scheduler per project`, 'bytes', (heapUsed() - before) / size, {
    most: 2048,
  })
  await benchDue(report, master, size)
  await master.stop()
  await benchIdle(report, root, size)
  rmSync(root, { recursive: true, force: true })
}

/** A whole master, with all its periodic work. */
async function benchIdle(report: Report, root: string, size: number): Promise<void> {
  const fleet = await startFleet({ root, slaves: 0, settings: { LOG_LEVEL: 'warn' } })
  // Work that is done once after a start does not count: it is not a cost of an idle master.
  await sleep(SETTLE_S * 1000)
  const before = processorMs(fleet.master.pid)
  await sleep(IDLE_S * 1000)
  const share = (processorMs(fleet.master.pid) - before) / 10 / IDLE_S
  report.figure(`${size} projects: processor while nothing is due`, '%', share, { most: 1 })
  await fleet.stop()
}

/** One sync takes so long that the others wait, so that the queueing alone is timed. */
async function benchDue(
  report: Report,
  { context }: Awaited<ReturnType<typeof startBenchMaster>>,
  size: number,
): Promise<void> {
  const all = (await context.store.listProjects()).slice(0, DUE_TOGETHER)
  const [inQueue, onDisk]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    const handed = new Set<string>()
    let handedAt = 0
    // The real scheduler and the real store. The time of each hand-over to the queue is recorded.
    const schedules = createSoloSchedules({
      store: context.store,
      runs: {
        isActive: (key) => context.runs.isActive(key),
        enqueue: (key, request, fire) => {
          const enqueued = context.runs.enqueue(key, request, fire)
          handed.add(key)
          handedAt = performance.now()
          return enqueued
        },
      },
      now: () => Date.now(),
      onError: (error) => {
        throw error
      },
    })
    for (const project of all) schedules.follow({ ...project, next_run_time: new Date().toISOString() })
    const queued = new Set<string>()
    const unsubscribe = context.events.on('run.changed', ({ key }) => queued.add(key))
    const started = performance.now()
    schedules.tick()
    await until('all to be in the queue', () => handed.size === DUE_TOGETHER, 60_000)
    inQueue.push(handedAt - started)
    await until('all to be on disk', () => queued.size === DUE_TOGETHER, 60_000)
    onDisk.push(performance.now() - started)
    unsubscribe()
    await schedules.stop()
    await Promise.all(all.map(({ key }) => context.runs.stopProject(key)))
  }
  report.figure(`${size} projects: ${DUE_TOGETHER} due in one second, all handed to the queue`, 'ms', inQueue, {
    most: 100,
  })
  report.figure(`${size} projects: ${DUE_TOGETHER} due in one second, all queued on disk`, 'ms', onDisk)
}

/** The used heap in bytes, after a garbage collection. Needs --expose-gc, which `npm run bench` sets. */
function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('the benchmark needs --expose-gc; use npm run bench')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

// What does one run cost the master when it is fanned out to 10, 100 and 1,000 slaves, and how far apart do they flip?

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Fleet } from '../scripts/sample/fleet.ts'
import { findFreePorts } from '../scripts/sample/ports.ts'
import { type BenchFleet, withBenchFleet } from './bench-fleet.ts'
import { peakMiB, processorMs } from './process-costs.ts'
import type { Report } from './report.ts'
import { makeTree } from './sample-tree.ts'

const SIZES = [10, 100, 1_000]
const ROUNDS = 5
const A_PROCESS = 250
const TOKEN = 'slave-token-of-the-benchmark'

export async function benchControlPlane(report: Report): Promise<void> {
  report.note(
    'stand-ins that speak the real protocol and run no rsync, 250 per process, on the same machine as the master',
  )
  for (const size of SIZES) await benchFleet(report, size)
}

async function benchFleet(report: Report, size: number): Promise<void> {
  const settings = { SLAVE_TOKEN: TOKEN, SLAVE_POLL_S: '3600' }
  await withBenchFleet({ slaves: 0, settings }, async (bench) => {
    makeTree(bench.upstream.folder, 1_000)
    const standIns = await startStandIns(bench.fleet, size)
    try {
      for (const port of standIns.ports) await bench.fleet.api.ask('/add_slave/', { hostname: '127.0.0.1', port })
      await bench.addProject({ publish: 'atomic' })
      await bench.sync()
      await benchRuns(report, { bench, standIns, size })
    } finally {
      await standIns.stop()
    }
  })
}

interface Bench {
  bench: BenchFleet
  standIns: StandIns
  size: number
}

async function benchRuns(report: Report, { bench, standIns, size }: Bench): Promise<void> {
  const { upstream, fleet, sync } = bench
  const [toLast, processor, flips, whole]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    appendFileSync(path.join(upstream.folder, 'folder-0', 'file-0'), 'changed\n')
    standIns.forget()
    const before = processorMs(fleet.master.pid)
    const run = await sync()
    processor.push((processorMs(fleet.master.pid) - before) / size)
    const { told, flipped } = await standIns.times(size)
    toLast.push(Math.max(...told) - Date.parse(run.upstream.finished_at ?? ''))
    flips.push(Math.max(...flipped) - Math.min(...flipped))
    whole.push(Date.parse(run.finished_at ?? '') - Date.parse(run.upstream.finished_at ?? ''))
  }
  report.figure(`${size} slaves: from the end of the upstream stage until the last slave is told`, 'ms', toLast)
  report.figure(`${size} slaves: flips, first to last`, 'ms', flips)
  report.figure(`${size} slaves: from the end of the upstream stage to the end of the run`, 'ms', whole)
  report.figure(`${size} slaves: the master's processor time per slave and run`, 'ms', processor)
  report.figure(`${size} slaves: the master's peak memory`, 'MiB', peakMiB(fleet.master.pid))
}

interface StandIns {
  ports: number[]
  forget: () => void
  /** When each slave was told and when it flipped, in milliseconds since 1970. Waits for `count` of both. */
  times: (count: number) => Promise<{ told: number[]; flipped: number[] }>
  stop: () => Promise<void>
}

async function startStandIns(fleet: Fleet, size: number): Promise<StandIns> {
  const ports = await findFreePorts(size)
  const program = fileURLToPath(new URL('./stand-ins.ts', import.meta.url))
  let [told, flipped]: [number[], number[]] = [[], []]
  const children: ChildProcess[] = []
  for (let first = 0; first < size; first += A_PROCESS) {
    const own = ports.slice(first, first + A_PROCESS).map(String)
    const child = fork(program, [fleet.api.url, TOKEN, ...own], { execArgv: ['--import', 'tsx'] })
    await once(child, 'message')
    child.on('message', (message: { told?: number; flipped?: number }) => {
      if (message.told !== undefined) told.push(message.told)
      if (message.flipped !== undefined) flipped.push(message.flipped)
    })
    children.push(child)
  }
  return {
    ports,
    forget: () => {
      told = []
      flipped = []
    },
    times: async (count) => {
      while (told.length < count || flipped.length < count) await new Promise((resolve) => setTimeout(resolve, 20))
      return { told, flipped }
    },
    stop: async () => {
      await Promise.all(
        children.map((child) => {
          child.kill()
          return once(child, 'exit')
        }),
      )
    },
  }
}

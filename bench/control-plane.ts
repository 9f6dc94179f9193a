// What does one run cost the master when it is fanned out to 10, 100 and 1,000 slaves, and how far apart do they flip?

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Fleet, startFleet } from '../scripts/sample/fleet.ts'
import { findFreePorts } from '../scripts/sample/ports.ts'
import { startUpstream, type Upstream } from '../scripts/sample/upstream.ts'
import { processorMs } from './processor-time.ts'
import type { Report } from './report.ts'
import { makeTree } from './sample-tree.ts'

const SIZES = [10, 100, 1_000]
const ROUNDS = 5
const A_PROCESS = 250
const TOKEN = 'slave-token-of-the-benchmark'

export async function benchControlPlane(report: Report): Promise<void> {
  report.note(
    'stand-ins that speak the real protocol and run no rsync, 250 in a process, on the same machine as the master',
  )
  for (const size of SIZES) await benchFleet(report, size)
}

async function benchFleet(report: Report, size: number): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const upstream = await startUpstream({ root: path.join(root, 'upstream') })
  makeTree(upstream.folder, 1_000)
  const settings = { LOG_LEVEL: 'warn', SLAVE_TOKEN: TOKEN, SLAVE_POLL_S: '3600' }
  const fleet = await startFleet({ root, slaves: 0, settings })
  const standIns = await startStandIns(fleet, size)
  try {
    for (const port of standIns.ports) await fleet.api.ask('/add_slave/', { hostname: '127.0.0.1', port })
    const target = {
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
    }
    await fleet.api.ask('/add_project/', { project: 'p', publish: 'atomic', ...target })
    await fleet.api.sync('p')
    await benchRuns(report, { fleet, upstream, standIns, size })
  } finally {
    await standIns.stop()
    await fleet.stop()
    await upstream.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

interface Bench {
  fleet: Fleet
  upstream: Upstream
  standIns: StandIns
  size: number
}

async function benchRuns(report: Report, { fleet, upstream, standIns, size }: Bench): Promise<void> {
  const [toLast, processor, flips, whole]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    appendFileSync(path.join(upstream.folder, 'folder-0', 'file-0'), 'changed\n')
    standIns.forget()
    const before = processorMs(fleet)
    const run = await fleet.api.waitForRun((await fleet.api.ask('/syncup/?id=p')).run, 120_000)
    processor.push((processorMs(fleet) - before) / size)
    if (run.state !== 'succeeded') throw new Error(`the run ended ${run.state}: ${run.error?.message}`)
    const { told, flipped } = await standIns.times(size)
    toLast.push(Math.max(...told) - Date.parse(run.upstream.finished_at ?? ''))
    flips.push(Math.max(...flipped) - Math.min(...flipped))
    whole.push(Date.parse(run.finished_at ?? '') - Date.parse(run.upstream.finished_at ?? ''))
  }
  report.figure(`${size} slaves: from the end of the upstream stage until the last is told`, 'ms', toLast)
  report.figure(`${size} slaves: flips, first to last`, 'ms', flips)
  report.figure(`${size} slaves: from the end of the upstream stage to the end of the run`, 'ms', whole)
  report.figure(`${size} slaves: the master's processor time, a slave and run`, 'ms', processor)
  report.figure(`${size} slaves: the master's peak memory`, 'MiB', peakMiB(fleet))
}

interface StandIns {
  ports: number[]
  forget: () => void
  /** When each was told and flipped; waits until all have said so. */
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

function peakMiB(fleet: Fleet): number {
  const status = readFileSync(`/proc/${fleet.master.pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

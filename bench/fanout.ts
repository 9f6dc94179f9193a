// What does a slave's part of a run cost against a plain rsync of the same tree, by files and by changes?

import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Fleet, startFleet } from '../scripts/sample/fleet.ts'
import { startUpstream, type Upstream } from '../scripts/sample/upstream.ts'
import { watchPeak } from './peak-memory.ts'
import { runPlain } from './plain-rsync.ts'
import { type Report, ratios } from './report.ts'
import { FILES_A_FOLDER, makeTree } from './sample-tree.ts'
import { spreadOf } from './statistics.ts'

const ROUNDS = 5
/** By the number of files: what a fan-out of 100 changes may cost of a plain rsync. */
const GOALS: Readonly<Record<number, number>> = { 100000: 0.35, 500000: 0.12 }
interface Case {
  files: number
  changes: readonly number[]
  publish: 'in_place' | 'atomic'
}

const CASES: readonly Case[] = [
  { files: 10_000, changes: [100], publish: 'in_place' },
  { files: 100_000, changes: [0, 10, 100, 1_000, 10_000], publish: 'in_place' },
  { files: 100_000, changes: [100], publish: 'atomic' },
  { files: 500_000, changes: [100], publish: 'in_place' },
]

export async function benchFanOut(report: Report, cases: readonly Case[] = CASES): Promise<void> {
  report.note(
    'ours: from the end of the upstream stage to the end of the slave; plain: rsync -aH --delete of the same tree; in turn',
  )
  for (const one of cases) await benchTree(report, one)
}

async function benchTree(report: Report, { files, changes, publish }: Case): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const upstream = await startUpstream({ root: path.join(root, 'upstream') })
  const fleet = await startFleet({ root, slaves: 1, settings: { LOG_LEVEL: 'warn', DELETE_GUARD_PERCENT: '0' } })
  try {
    makeTree(upstream.folder, files)
    await fleet.api.ask('/add_project/', {
      project: 'p',
      publish,
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
    })
    await sync(fleet)
    // An atomic project makes its second tree at its second run.
    await changeAndSync(fleet, upstream, files, 1)
    const copy = path.join(root, 'plain')
    mkdirSync(copy)
    await runPlain(fleet, 'p', copy)
    for (const count of changes) await benchChanges(report, { fleet, upstream, copy, files, count, publish })
  } finally {
    await fleet.stop()
    await upstream.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

interface Bench {
  fleet: Fleet
  upstream: Upstream
  copy: string
  files: number
  count: number
  publish: string
}

async function benchChanges(report: Report, { fleet, upstream, copy, files, count, publish }: Bench): Promise<void> {
  const [ours, plain, ourPeaks, plainPeaks]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    const ourPeak = watchPeak(fleet.slaves[0]?.publicFolder ?? '')
    ours.push(await changeAndSync(fleet, upstream, files, count))
    ourPeaks.push(ourPeak())
    const plainPeak = watchPeak(copy)
    plain.push(await runPlain(fleet, 'p', copy))
    plainPeaks.push(plainPeak())
  }
  const name = `${files} files, ${count} changes${publish === 'atomic' ? ', atomic' : ''}`
  const goal = count === 100 && publish === 'in_place' ? GOALS[files] : undefined
  report.figure(`${name}: a slave's part`, 'ms', ours)
  report.figure(`${name}: plain rsync`, 'ms', plain)
  report.figure(`${name}: ours over plain`, '', ratios(ours, plain), goal === undefined ? null : { most: goal })
  report.note(
    `${name}: rsync's peak ${showKiB(ourPeaks)} against ${showKiB(plainPeaks)} KiB, the slave's own process ${memoryOf(fleet)} MiB`,
  )
}

/** Changes files all over the tree, syncs, and returns the milliseconds that the slave's part took. */
async function changeAndSync(fleet: Fleet, upstream: Upstream, files: number, count: number): Promise<number> {
  for (let change = 0; change < count; change++) {
    const number = Math.floor((change * files) / count)
    const file = path.join(upstream.folder, `folder-${Math.floor(number / FILES_A_FOLDER)}`, `file-${number}`)
    appendFileSync(file, 'changed\n')
  }
  return sync(fleet)
}

async function sync(fleet: Fleet): Promise<number> {
  const run = await fleet.api.waitForRun((await fleet.api.ask('/syncup/?id=p')).run, 600_000)
  const [slave] = run.slaves
  if (run.state !== 'succeeded' || slave === undefined)
    throw new Error(`the run ended ${run.state}: ${run.error?.message}`)
  return Date.parse(slave.finished_at ?? '') - Date.parse(run.upstream.finished_at ?? '')
}

function showKiB(values: readonly number[]): string {
  return String(Math.round(spreadOf(values).median))
}

/** The most that the slave's own process ever took, in MiB (proc(5), VmHWM). */
function memoryOf(fleet: Fleet): number {
  const pid = fleet.slaves[0]?.process?.pid
  const status = pid === undefined ? '' : readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

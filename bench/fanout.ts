// What does a slave's part of a run cost compared with a plain rsync of the same tree, by files and by changes?

import { appendFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { type BenchFleet, withBenchFleet } from './bench-fleet.ts'
import { watchPeak } from './peak-memory.ts'
import { runPlain } from './plain-rsync.ts'
import { peakMiB } from './process-costs.ts'
import { type Report, ratios } from './report.ts'
import { FILES_A_FOLDER, makeTree } from './sample-tree.ts'
import { spreadOf } from './statistics.ts'

const ROUNDS = 5
/** By the number of files: the most that a fan-out of 100 changes may take, as a share of a plain rsync. */
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
    'ours: from the end of the upstream stage to the end of the slave; plain: rsync -aH --delete of the same tree; alternately',
  )
  for (const one of cases) await benchTree(report, one)
}

async function benchTree(report: Report, { files, changes, publish }: Case): Promise<void> {
  await withBenchFleet({ slaves: 1, settings: { DELETE_GUARD_PERCENT: '0' } }, async (fleet) => {
    makeTree(fleet.upstream.folder, files)
    await fleet.addProject({ publish })
    await fleet.sync()
    // An atomic project makes its second tree in its second run.
    await changeAndSync(fleet, files, 1)
    const copy = path.join(fleet.root, 'plain')
    mkdirSync(copy)
    await runPlain(fleet.fleet, 'p', copy)
    for (const count of changes) await benchChanges(report, { bench: fleet, copy, files, count, publish })
  })
}

interface Bench {
  bench: BenchFleet
  copy: string
  files: number
  count: number
  publish: string
}

async function benchChanges(report: Report, { bench, copy, files, count, publish }: Bench): Promise<void> {
  const { fleet } = bench
  const [ours, plain, ourPeaks, plainPeaks]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    const ourPeak = watchPeak(fleet.slaves[0]?.publicFolder ?? '')
    ours.push(await changeAndSync(bench, files, count))
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
    `${name}: rsync's peak ${showKiB(ourPeaks)} against ${showKiB(plainPeaks)} KiB, the slave's own process ${peakMiB(fleet.slaves[0]?.process?.pid ?? 0)} MiB`,
  )
}

/** Changes files all over the tree, syncs, and returns the milliseconds that the slave's part took. */
async function changeAndSync({ upstream, sync }: BenchFleet, files: number, count: number): Promise<number> {
  for (let change = 0; change < count; change++) {
    const number = Math.floor((change * files) / count)
    const file = path.join(upstream.folder, `folder-${Math.floor(number / FILES_A_FOLDER)}`, `file-${number}`)
    appendFileSync(file, 'changed\n')
  }
  const run = await sync()
  return Date.parse(run.slaves[0]?.finished_at ?? '') - Date.parse(run.upstream.finished_at ?? '')
}

function showKiB(values: readonly number[]): string {
  return String(Math.round(spreadOf(values).median))
}

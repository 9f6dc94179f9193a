// How much longer does a whole run take than a bare rsync of the same tree, when nothing has changed?

import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../scripts/sample/api.ts'
import { withBenchFleet } from './bench-fleet.ts'
import { type Report, ratios } from './report.ts'
import { makeTree } from './sample-tree.ts'

const PATIENCE_MS = 600_000
/** How many files, and in how many rounds: a run of a few seconds is measured more often than a long one. */
interface Size {
  files: number
  rounds: number
}

const SIZES: readonly Size[] = [
  { files: 1_000, rounds: 21 },
  { files: 50_000, rounds: 21 },
  { files: 500_000, rounds: 5 },
]

export async function benchRunOverhead(report: Report, sizes: readonly Size[] = SIZES): Promise<void> {
  report.note(
    'nothing has changed; a run is timed from queued to stored as succeeded, alternately with rsync -avH --delete of the same tree',
  )
  for (const { files, rounds } of sizes) await benchTree(report, files, rounds)
}

async function benchTree(report: Report, files: number, rounds: number): Promise<void> {
  await withBenchFleet({ slaves: 0 }, async ({ upstream, fleet, addProject, sync }) => {
    makeTree(upstream.folder, files)
    await addProject()
    await sync()
    // Nothing changes in the tree, so both can use the same one.
    const bareTree = path.join(fleet.destRoot, 'p')
    const bareArgs = ['-avH', '--delete', `rsync://127.0.0.1:${upstream.port}/${upstream.module}/`, `${bareTree}/`]
    timeBare(bareArgs)
    const [ours, bare, timed]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < rounds; round++) {
      bare.push(timeBare(bareArgs))
      const time = timeBare(['--timeout=600', ...bareArgs])
      timed.push(time)
      ours.push(await timeRun(fleet.api, time))
    }
    const goal = files === 50_000 ? { most: 1.15 } : null
    report.figure(`${files} files: bare rsync`, 'ms', bare)
    report.figure(`${files} files: a whole run`, 'ms', ours)
    report.figure(`${files} files: a run over bare rsync`, '', ratios(ours, bare), goal)
    report.figure(`${files} files: a run over bare rsync with --timeout, which every run has`, '', ratios(ours, timed))
  })
}

function timeBare(args: readonly string[]): number {
  const started = performance.now()
  execFileSync('rsync', args, { maxBuffer: 1e9 })
  return performance.now() - started
}

/** Polls only when the run is nearly over, because requests would take processor time from the run. */
async function timeRun(api: Api, expectedMs: number): Promise<number> {
  const { run: id } = await api.ask('/syncup/?id=p')
  await sleep(expectedMs)
  const run = await api.waitForRun(id, PATIENCE_MS)
  if (run.state !== 'succeeded') throw new Error(`the run ended as ${run.state}`)
  return Date.parse(run.finished_at ?? '') - Date.parse(run.queued_at)
}

// Does the master's memory stay flat during a run with 1,000,000 itemized lines?

import { withBenchFleet } from './bench-fleet.ts'
import { peakMiB } from './process-costs.ts'
import type { Report } from './report.ts'
import { makeTree } from './sample-tree.ts'

const SMALL = 10_000
const LARGE = 1_000_000

export async function benchItemizedLines(report: Report): Promise<void> {
  const small = await peakOf(SMALL)
  const large = await peakOf(LARGE)
  report.figure(`${SMALL} files, all new: the master's peak memory`, 'MiB', small.peak)
  report.figure(`${LARGE} files, all new: the master's peak memory`, 'MiB', large.peak)
  report.figure('the second over the first', '', large.peak / small.peak, { most: 1.5 })
  report.note(`the run of ${LARGE} files took ${Math.round(large.seconds)} s and counted ${large.added} added`)
}

function peakOf(files: number): Promise<{ peak: number; seconds: number; added: number }> {
  return withBenchFleet({ slaves: 0 }, async ({ upstream, fleet, addProject, sync }) => {
    makeTree(upstream.folder, files)
    await addProject()
    const started = performance.now()
    const run = await sync()
    const seconds = (performance.now() - started) / 1000
    return { peak: peakMiB(fleet.master.pid), seconds, added: run.upstream.summary?.added ?? 0 }
  })
}

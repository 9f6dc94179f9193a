// Does a run with 1,000,000 itemized lines leave the master's memory flat?

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startFleet } from '../scripts/sample/fleet.ts'
import { startUpstream } from '../scripts/sample/upstream.ts'
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

async function peakOf(files: number): Promise<{ peak: number; seconds: number; added: number }> {
  const root = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const upstream = await startUpstream({ root: path.join(root, 'upstream') })
  const fleet = await startFleet({ root, slaves: 0, settings: { LOG_LEVEL: 'warn' } })
  try {
    makeTree(upstream.folder, files)
    const target = {
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
    }
    await fleet.api.ask('/add_project/', { project: 'p', ...target })
    const started = performance.now()
    const run = await fleet.api.waitForRun((await fleet.api.ask('/syncup/?id=p')).run, 1_800_000)
    if (run.state !== 'succeeded') throw new Error(`the run ended ${run.state}: ${run.error?.message}`)
    const status = readFileSync(`/proc/${fleet.master.pid}/status`, 'utf8')
    return {
      peak: Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024),
      seconds: (performance.now() - started) / 1000,
      added: run.upstream.summary?.added ?? 0,
    }
  } finally {
    await fleet.stop()
    await upstream.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

// A fleet of real processes with an upstream and one project, for benchmarks of whole runs.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Fleet, type FleetOptions, startFleet } from '../scripts/sample/fleet.ts'
import { startUpstream, type Upstream } from '../scripts/sample/upstream.ts'
import type { Run } from '../shared/schemas/run.ts'

export interface BenchFleet {
  root: string
  upstream: Upstream
  fleet: Fleet
  /** Adds the project `p` with what else is to be said of it. */
  addProject: (more?: object) => Promise<void>
  /** Syncs it. @throws {Error} unless the run succeeds. */
  sync: () => Promise<Run>
}

const PATIENCE_MS = 1_800_000

/** Starts one, has `work` use it, and leaves nothing behind. */
export async function withBenchFleet<T>(
  options: Omit<FleetOptions, 'root'>,
  work: (bench: BenchFleet) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const upstream = await startUpstream({ root: path.join(root, 'upstream') })
  const fleet = await startFleet({ root, ...options, settings: { LOG_LEVEL: 'warn', ...options.settings } })
  const { api, destRoot } = fleet
  const target = { rsync_host: '127.0.0.1', rsync_port: upstream.port, rsync_module: upstream.module, dest: destRoot }
  try {
    return await work({
      root,
      upstream,
      fleet,
      addProject: (more = {}) => api.ask('/add_project/', { project: 'p', ...target, ...more }),
      sync: async () => {
        const run = await api.waitForRun((await api.ask('/syncup/?id=p')).run, PATIENCE_MS)
        if (run.state !== 'succeeded') throw new Error(`the run ended ${run.state}: ${run.error?.message}`)
        return run
      },
    })
  } finally {
    await fleet.stop()
    await upstream.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

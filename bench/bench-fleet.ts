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
  /** Adds the project `p`; `more` has further fields. */
  addProject: (more?: object) => Promise<void>
  /** Syncs the project. @throws {Error} unless the run succeeds. */
  sync: () => Promise<Run>
}

const PATIENCE_MS = 1_800_000

/** Starts a fleet, calls `work` with it, and removes it afterwards. */
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
        if (run.state !== 'succeeded') throw new Error(`the run ended as ${run.state}: ${run.error?.message}`)
        return run
      },
    })
  } finally {
    await fleet.stop()
    await upstream.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

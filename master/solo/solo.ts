// The parts of a single master, whose store is in its own folder.

import path from 'node:path'
import type { Settings } from '../../settings.ts'
import type { MasterReport } from '../../shared/schemas/master.ts'
import type { Deployment } from '../deployment.ts'
import { createLowdbStore } from '../store/lowdb-store.ts'
import { createSoloRunStore } from './run-store.ts'
import { SoloRuns } from './runs.ts'
import { createSoloSchedules } from './schedules.ts'
import { createSoloTopology } from './topology.ts'

export interface SoloDeps {
  settings: Settings
  /** What this master says of itself. */
  report: () => MasterReport
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export function createSoloDeployment({ settings, report, now, onError }: SoloDeps): Deployment {
  const { STORE_URL, RUN_HISTORY, MASTER_NODE: node } = settings
  const store = createLowdbStore(path.join(path.resolve(STORE_URL.slice('file:'.length)), 'store'), now)
  const runStore = createSoloRunStore(store, RUN_HISTORY)
  return {
    store,
    runStore,
    topology: createSoloTopology(settings, new Date(now()).toISOString(), report),
    loginFailures: undefined,
    silenceMs: null,
    onGap: () => {},
    assemble: ({ executor }) => {
      const runs = new SoloRuns({ store, executor, runStore, node, now })
      return {
        runs,
        schedules: createSoloSchedules({ store, runs, now, onError }),
        membership: { name: 'membership' },
        beats: { name: 'beats' },
      }
    },
  }
}

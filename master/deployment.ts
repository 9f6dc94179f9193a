// How masters are deployed, one alone or several on one database: the store, and the twins that work over it.

import type { FailureCounts } from '../shared/flow/failure-counts.ts'
import type { Part } from '../shared/node/lifecycle-stack.ts'
import type { RunExecutor } from './runs/run-executor.ts'
import type { RunStore } from './runs/run-store.ts'
import type { Runs } from './runs/runs.ts'
import type { Schedules } from './runs/schedules.ts'
import type { MasterTrees } from './stages/master-trees.ts'
import type { Publisher } from './stages/publish.ts'
import type { Store } from './store/store.ts'
import type { Topology } from './topology.ts'

export interface Deployment {
  store: Store
  topology: Topology
  runStore: RunStore
  /** Counts failed log-ins for all masters; undefined when this one counts alone. */
  loginFailures: FailureCounts | undefined
  /** Milliseconds after which what this master has started is ended when the master itself stands still; null: never. */
  silenceMs: number | null
  /** Calls back when events of other masters may have been missed. */
  onGap: (listener: () => void) => void
  /** Builds what takes requests for runs, over what executes them. */
  assemble: (parts: DeploymentParts) => Assembly
}

export interface DeploymentParts {
  executor: RunExecutor
  trees: MasterTrees
  publisher: Publisher
}

export interface Assembly {
  runs: Runs
  schedules: Schedules
  /** Starts when the store is open: this master becomes one of those that work. Stops when its work has ended. */
  membership: Part
  /** Starts when runs and schedules have begun. */
  beats: Part
}

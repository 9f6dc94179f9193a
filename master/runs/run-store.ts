// The interface for saving the records of runs, implemented by a single master and by several masters on one database.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'

/** What is saved is on disk when the promise resolves. `key` is the project's. */
export interface RunStore {
  /** Lets no further request join a sync that waits; returns it as those before have left it. */
  start: (key: string, run: Run) => Promise<Run>
  /** Saves a run that has not ended. */
  save: (key: string, run: Run) => Promise<void>
  /** Saves a run that has ended, and what that changes in its project. */
  end: (key: string, run: Run) => Promise<StoredProject>
  /** Leaves a sync that has not started to the next start of this master, or to another one. */
  putBack: (key: string, run: Run) => Promise<void>
}

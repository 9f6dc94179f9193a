// How the records of runs are kept: an interface, so that one master alone and several that share them can stand behind it.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'

/** What is saved is on disk when the promise resolves. `key` is the project's. */
export interface RunStore {
  /** Saves a run that goes on. */
  save: (key: string, run: Run) => Promise<void>
  /** Saves a run that has ended, and what that changes in its project. */
  end: (key: string, run: Run) => Promise<StoredProject>
}

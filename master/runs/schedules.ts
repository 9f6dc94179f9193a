// What the rest of the master may do with schedules: an interface, for one master alone and for several.

import type { StoredProject } from '../../shared/schemas/project.ts'

export interface Schedules {
  /** Follows what is stored of a project. */
  follow: (project: StoredProject) => void
  forget: (key: string) => void
  /**
   * Begins to queue what falls due. What fell due while no master was up, or was interrupted in the middle of a scheduled
   * run (`interrupted` are the keys of those projects), is queued once, as a catch-up.
   */
  start: (interrupted: readonly string[]) => Promise<void>
  /** Looks for what is due now; the clock does this every second. */
  tick: () => void
  stop: () => Promise<void>
  /** Why the scheduler does not work; null while it does. */
  problem: () => string | null
}

// The interface for schedules, implemented by a single master and by several masters on one database.

import type { StoredProject } from '../../shared/schemas/project.ts'

export interface Schedules {
  /** Takes over the stored next run time of a project. */
  follow: (project: Pick<StoredProject, 'key' | 'enabled' | 'next_run_time'>) => void
  forget: (key: string) => void
  /**
   * Starts to queue the projects that fall due. A project that fell due while no master was up, or whose run was
   * interrupted (`interrupted` has the keys of those), is queued once, as a catch-up.
   */
  start: (interrupted: readonly string[]) => Promise<void>
  /** Queues the projects that are due now; the scheduler does this every second. */
  tick: () => void
  stop: () => Promise<void>
  /** The reason why the scheduler does not work; null while it works. */
  problem: () => string | null
}

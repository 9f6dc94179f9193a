// The events of the master, by name, as listeners inside and readers of /events/ get them.

import type { ProjectView } from './project.ts'
import type { Run } from './run.ts'

/** What happened, and to what. `id` is the project's, `key` its unchanging one. */
export interface MasterEvents {
  'project.added': { id: string; key: string; project: ProjectView }
  'project.changed': { id: string; key: string; project: ProjectView }
  'project.removed': { id: string; key: string }
  'project.stale': { id: string; key: string; last_success_at: string | null }
  /** A move of a run or of a slave's part of it, stored already. */
  'run.changed': { id: string; key: string; run: Run }
  /** At most once a second for each stage. */
  'run.progress': { id: string; key: string; run: Run }
  'slave.up': { slave_id: string }
  'slave.down': { slave_id: string }
  'slave.changed': { slave_id: string }
}

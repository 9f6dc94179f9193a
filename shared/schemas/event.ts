// The master's events by name, as its own listeners and the clients of /events/ get them.

import type { ProjectView } from './project.ts'
import type { Run } from './run.ts'

/** What happened, and to what. `id` is the project's id, `key` its key, which never changes. */
export interface MasterEvents {
  'project.added': { id: string; key: string; project: ProjectView }
  'project.changed': { id: string; key: string; project: ProjectView }
  'project.removed': { id: string; key: string }
  /** Clients will soon refuse what is served, or do. */
  'project.expiring': { id: string; key: string; valid_until: string }
  'project.stale': { id: string; key: string; last_success_at: string | null }
  /** A change of a run or of a slave's part in it; it is stored before it is announced. */
  'run.changed': { id: string; key: string; run: Run }
  /** Sent at most once a second for each stage. */
  'run.progress': { id: string; key: string; run: Run }
  'slave.up': { slave_id: string }
  'slave.down': { slave_id: string }
  'slave.refuses': { slave_id: string }
  'slave.changed': { slave_id: string }
}

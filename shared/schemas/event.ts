// The events of the master, by name.

import type { Run } from './run.ts'

/** What happened, and to what. Events of a run carry all of it. */
export interface MasterEvents {
  'project.added': { id: string; key: string }
  'project.changed': { id: string; key: string }
  'project.removed': { id: string; key: string }
  'run.changed': { id: string; key: string; run: Run }
  'run.progress': { id: string; key: string; run: Run }
  'slave.changed': { slave_id: string }
}

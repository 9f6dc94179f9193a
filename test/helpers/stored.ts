// Projects, users and runs for tests of the stores.

import { newRun } from '../../master/records/run.ts'
import { NEVER_SYNCED } from '../../master/services/project-input.ts'
import { formatRunId, type Store } from '../../master/store/store.ts'
import type { AuditEntry } from '../../shared/schemas/audit.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'

export const WISH = { trigger: 'explicit', mode: 'sync', dryRun: false, force: false } as const
export const AT = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()

export const project = (id: string, more: Partial<StoredProject> = {}): StoredProject => ({
  id,
  project: id,
  key: `${id.toLowerCase()}-k`,
  owner: 'root',
  enabled: true,
  rsync_host: 'example.org',
  rsync_port: 873,
  rsync_module: 'm',
  rsync_user: null,
  rsync_password: 'upstream secret',
  dest: '/mirror',
  rsync_options: { basic: [], defaults: ['-a'], delete: '' },
  cron_options: null,
  next_run_time: null,
  publish: 'in_place',
  stages: 'single',
  delete_guard_percent: null,
  tolerated_exit_codes: [],
  created_at: AT(0),
  webhooks: [],
  publish_quorum: null,
  publish_timeout_s: null,
  node: 'main',
  lead: null,
  stuck: null,
  ...NEVER_SYNCED,
  ...more,
})

export const user = (username: string, role: 'root' | 'viewer') => ({
  username,
  role,
  password_hash: 'x',
  created_at: AT(0),
})

export const auditEntry = (number: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  audit_id: number.toString(16).padStart(20, '0'),
  at: AT(number),
  username: 'root',
  role: 'root',
  from: '192.0.2.7',
  method: 'syncup_project',
  kind: 'project',
  target: 'fedora',
  change: [],
  ...more,
})

export const addRuns = async (store: Store, key: string, count: number, firstSecond: number): Promise<Run[]> => {
  const stored = await store.findProjectByKey(key)
  if (stored === null) throw new Error('no project')
  const runs: Run[] = []
  for (let number = 1; number <= count; number++) {
    const run = newRun(formatRunId(key, number), stored, WISH, AT(firstSecond + number * 10), 'main')
    await store.saveRun(key, run, 200)
    await store.updateProject(key, (one) => ({ ...one, last_queued_at: run.queued_at }))
    runs.push(run)
  }
  return runs
}

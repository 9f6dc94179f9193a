// Makes projects and runs as a store keeps them, for filling a store.

import { newRun, newSlaveStage, plainRequest } from '../master/records/run.ts'
import { NEVER_SYNCED } from '../master/services/project-input.ts'
import { formatRunId } from '../master/store/store.ts'
import type { StoredProject } from '../shared/schemas/project.ts'
import type { Run } from '../shared/schemas/run.ts'

const SUMMARY = {
  added: 3,
  modified: 1,
  deleted: 0,
  errors: 0,
  bytes_transferred: 81_234_567,
  total_files: 152_340,
  total_size: 1_204_882_341_888,
}
const START = Date.UTC(2026, 0, 1)
const SLAVES = [1, 2, 3].map((number) => ({
  id: `ftp${number}.example.org:7000`,
  hostname: `ftp${number}.example.org`,
  port: 7000,
  upstream: null,
  created_at: new Date(START).toISOString(),
}))

export function storedProject(number: number, dest: string, more: Partial<StoredProject> = {}): StoredProject {
  const id = `project-${number}`
  return {
    id,
    project: id,
    key: `${id}-abcdef`,
    owner: 'root',
    enabled: true,
    rsync_host: `rsync${number % 50}.example.org`,
    rsync_port: 873,
    rsync_module: `module/${number}`,
    rsync_user: null,
    rsync_password: null,
    dest,
    rsync_options: { basic: [], defaults: ['-avH'], delete: '--delete' },
    cron_options: {
      hour: '*/6',
      minute: String(number % 60),
      second: '0',
      year: '*',
      month: '*',
      day: '*',
      week: '*',
      day_of_week: '*',
    },
    next_run_time: '2099-01-01T00:00:00.000Z',
    node: 'main',
    lead: null,
    stuck: null,
    publish: 'in_place',
    publish_quorum: null,
    publish_timeout_s: null,
    stages: 'single',
    delete_guard_percent: null,
    tolerated_exit_codes: [],
    webhooks: [],
    created_at: new Date(START).toISOString(),
    ...NEVER_SYNCED,
    generation: 41,
    total_files: SUMMARY.total_files,
    total_size: SUMMARY.total_size,
    runs_made: 200,
    ...more,
  }
}

/** A run that succeeded on three slaves. */
export function storedRun(project: StoredProject, number: number): Run {
  const at = new Date(START + number * 21_600_000).toISOString()
  const run = newRun(formatRunId(project.key, number), project, plainRequest('schedule'), at, 'main')
  const done = { state: 'succeeded' as const, started_at: at, finished_at: at, exit_code: 0, summary: SUMMARY }
  return {
    ...run,
    state: 'succeeded',
    started_at: at,
    finished_at: at,
    attempt: 1,
    generation: number,
    upstream: { ...run.upstream, ...done },
    slaves: SLAVES.map((slave) => ({ ...newSlaveStage(slave), ...done, method: 'normal', generation: number })),
  }
}

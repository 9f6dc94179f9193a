// The example objects of the API's document: one of each kind, as an operator would meet it.

import type { AuditEntry } from '../../shared/schemas/audit.ts'
import type { Mirrorz, TunasyncMirror } from '../../shared/schemas/feed.ts'
import type { MasterView } from '../../shared/schemas/master.ts'
import type { SlaveReport } from '../../shared/schemas/messages.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Progress, Run, SlaveStage, Summary } from '../../shared/schemas/run.ts'
import type { FieldTexts } from '../../shared/schemas/schedule.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'

export const SCHEDULE: FieldTexts = {
  year: '*',
  month: '*',
  week: '*',
  day: '*',
  day_of_week: '*',
  hour: '*/6',
  minute: '30',
  second: '0',
}

export const PROJECT: ProjectView = {
  id: 'fedora',
  project: 'fedora',
  owner: 'root',
  enabled: true,
  rsync_host: 'rsync.example.org',
  rsync_port: 873,
  rsync_module: 'fedora-enchilada/linux',
  rsync_user: null,
  upstreams: [],
  downstreams: [],
  has_password: false,
  has_ssh_key: false,
  has_trigger_secret: false,
  dest: '/data/ftp',
  rsync_options: { basic: ['--bwlimit=20m'], defaults: ['-avH'], delete: '--delete' },
  cron_options: SCHEDULE,
  next_run_time: '2026-11-24T06:30:00.000Z',
  node: 'main',
  lead: null,
  stuck: null,
  publish: 'atomic',
  publish_quorum: null,
  publish_timeout_s: null,
  keep_generations: 2,
  stages: 'by_layout',
  layout: 'rpm',
  verify: 'hold',
  verify_keyring: null,
  by_index: false,
  held: null,
  delete_guard_percent: null,
  tolerated_exit_codes: [],
  wait_for: null,
  local_files: true,
  filters: ['exclude *.iso'],
  address: '192.0.2.10',
  proxy: 'proxy.example.org:3128',
  transport: 'rsync',
  ssh_known_host: null,
  valid_until: null,
  hooks: { published: 'purge-cdn' },
  trace: { style: 'timestamp' },
  probe: { file: 'fullfiletimelist-fedora' },
  generation: 41,
  published_generation: 41,
  total_files: 152_340,
  total_size: 1_204_882_341_888,
  last_run: { run: 'fedora-6ef91c-57', state: 'succeeded', finished_at: '2026-11-24T00:41:07.000Z' },
  last_success_at: '2026-11-24T00:41:07.000Z',
  created_at: '2026-01-05T10:00:00.000Z',
}

const SUMMARY: Summary = {
  added: 12,
  modified: 3,
  deleted: 1,
  errors: 0,
  bytes_transferred: 81_234_567,
  total_files: 152_340,
  total_size: 1_204_882_341_888,
}
const STAGE = {
  started_at: '2026-11-24T00:30:00.000Z',
  finished_at: '2026-11-24T00:41:07.000Z',
  exit_code: 0,
  progress: null,
  summary: SUMMARY,
  error: null,
}
const SLAVE_STAGE: SlaveStage = {
  ...STAGE,
  slave_id: 'ftp-nyc.example.org:7000',
  hostname: 'ftp-nyc.example.org',
  port: 7000,
  state: 'succeeded',
  method: 'normal',
  generation: 41,
  drift: null,
}
export const RUN: Run = {
  run: 'fedora-6ef91c-57',
  id: 'fedora',
  trigger: 'schedule',
  mode: 'sync',
  dry_run: false,
  force: false,
  state: 'succeeded',
  node: 'main',
  queued_at: '2026-11-24T00:30:00.000Z',
  started_at: '2026-11-24T00:30:00.000Z',
  finished_at: '2026-11-24T00:41:07.000Z',
  attempt: 1,
  generation: 41,
  upstream: { state: 'succeeded', ...STAGE, scanned: 'walk', drift: null },
  slaves: [SLAVE_STAGE],
  error: null,
}

export const SLAVE: SlaveView = {
  id: 'ftp-nyc.example.org:7000',
  hostname: 'ftp-nyc.example.org',
  port: 7000,
  upstream: null,
  state: 'up',
  reason: null,
  last_seen: '2026-11-24T00:42:00.000Z',
  version: '0.1.0',
  to_master: { at: '2026-11-24T00:41:00.000Z', url: 'http://ftp-master.example.org:5000', api: null, rsyncd: null },
  projects: { fedora: { anchor: 41, lag: 0, drift: 0 } },
}

export const TOKEN = { token_id: '0123456789abcdef', expires_at: '2026-11-24T01:42:00.000Z' }
export const REPORT: SlaveReport = {
  run: RUN.run,
  slave_id: SLAVE.id,
  project: 'fedora',
  state: 'prepared',
  generation: 41,
  tag: '5b1f0c9d2e7a4468',
  method: 'normal',
  drift: null,
  source: '.mirrorfleet/fedora-6ef91c/a',
  started_at: STAGE.started_at,
  finished_at: STAGE.finished_at,
  exit_code: 0,
  summary: SUMMARY,
  error: null,
  log: '',
}
export const PROGRESS: Progress = {
  percent: 42.5,
  bytes: 1_048_576,
  rate: 524_288,
  eta_s: 60,
  files_checked: 850,
  files_total: 2000,
}
const UPSTREAM = 'rsync://rsync.example.org/fedora-enchilada/linux/'

export const MASTER: MasterView = {
  node: 'ftp1',
  url: 'https://ftp1.example.org:5000',
  state: 'up',
  seen_at: '2026-11-24T00:42:00.000Z',
  projects: 120,
  leader: true,
  version: '0.1.0',
  disk: { free: 612_000_000_000, size: 2_310_000_000_000, is_low: false },
}

export const TUNASYNC: TunasyncMirror = {
  name: 'fedora',
  is_master: true,
  status: 'success',
  last_update: '2026-11-24 00:41:07 +0000',
  last_update_ts: 1_795_480_867,
  last_started: '2026-11-24 00:30:00 +0000',
  last_started_ts: 1_795_480_200,
  last_ended: '2026-11-24 00:41:07 +0000',
  last_ended_ts: 1_795_480_867,
  next_schedule: '2026-11-24 06:30:00 +0000',
  next_schedule_ts: 1_795_501_800,
  upstream: UPSTREAM,
  size: '1.10T',
}

export const MIRRORZ: Mirrorz = {
  version: 1.7,
  site: { url: 'https://ftp.example.org', abbr: 'EX', name: 'Example', homepage: '', email: '' },
  info: [],
  mirrors: [
    {
      cname: 'fedora',
      desc: '',
      url: '/fedora',
      status: 'S1795480867X1795501800',
      help: '',
      upstream: UPSTREAM,
      size: '1.10T',
    },
  ],
}

export const AUDIT_ENTRY: AuditEntry = {
  audit_id: '019ab3f09c5800000a1b',
  at: '2026-11-24T00:45:00.000Z',
  username: 'root',
  role: 'root',
  from: '192.0.2.7',
  method: 'update_project',
  kind: 'project',
  target: 'fedora',
  project_key: 'fedora-6ef91c',
  change: [
    { field: 'delete_guard_percent', before: 50, after: 20 },
    { field: 'rsync_password', hidden: true },
  ],
}

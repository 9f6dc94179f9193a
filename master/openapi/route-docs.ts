// What the API's document says of each route beside its schemas: a line on what it does, and examples that work.

import { success } from '../../shared/schemas/common.ts'
import { MASTER, PROGRESS, PROJECT, REPORT, RUN, SCHEDULE, SLAVE, TOKEN, UPSTREAM } from './examples.ts'

/** `body` and `query` are what an operator would send, `answer` what comes back (null: a stream or text). */
export interface RouteDoc {
  tag: 'Projects' | 'Runs' | 'Slaves' | 'Users' | 'Status' | 'Nodes'
  summary: string
  body?: object
  query?: Readonly<Record<string, string | number | boolean>>
  answer: unknown
}

/** By method and address, as they are registered. */
export const ROUTE_DOCS: Readonly<Record<string, RouteDoc>> = {
  'POST /add_project': {
    tag: 'Projects',
    summary: 'Add a project; its first sync comes with its schedule, or with /syncup/',
    body: {
      project: 'fedora',
      rsync_host: 'rsync.example.org',
      rsync_module: 'fedora-enchilada/linux',
      dest: '/data/ftp',
      publish: 'atomic',
      stages: 'rpm',
      cron_options: { hour: '*/6', minute: 30, start_date: 'tomorrow at 5pm', timezone: 'Europe/Paris' },
      rsync_options: { basic: ['--bwlimit=20m'], defaults: ['-avH'], delete: '--delete' },
    },
    answer: success('add_project', { project: 'fedora', id: 'fedora', next_run_time: PROJECT.next_run_time }),
  },
  'GET /list_projects': {
    tag: 'Projects',
    summary: 'All projects, or one',
    query: { id: 'fedora' },
    answer: [PROJECT],
  },
  'POST /update_project/basic': {
    tag: 'Projects',
    summary: 'Change anything but the schedule; a new name or place moves what is mirrored',
    body: { id: 'fedora', delete_guard_percent: 20 },
    answer: success('update_project', { id: 'fedora' }),
  },
  'POST /update_project/schedule': {
    tag: 'Projects',
    summary: 'Replace the whole schedule; nothing but the id leaves it without one',
    body: { id: 'fedora', minute: '*/5' },
    answer: success('update_project', { id: 'fedora', next_run_time: PROJECT.next_run_time }),
  },
  'POST /remove_project': {
    tag: 'Projects',
    summary: 'Remove a project; its files stay unless purge is true',
    body: { id: 'fedora', purge: false },
    answer: success('remove_project', { id: 'fedora' }),
  },
  'POST /preview_schedule': {
    tag: 'Projects',
    summary: 'When a schedule would fire; stores nothing',
    body: { hour: '*/6', minute: 30, count: 2, now: '2026-11-24T00:00:00Z' },
    answer: success('preview_schedule', {
      fields: SCHEDULE,
      fires: ['2026-11-24T00:30:00.000Z', '2026-11-24T06:30:00.000Z'],
    }),
  },
  'POST /rollback_project': {
    tag: 'Projects',
    summary: 'Take an atomic project back to the tree before, on the whole fleet',
    body: { id: 'fedora' },
    answer: success('rollback_project', { id: 'fedora', generation: 40, run: 'fedora-6ef91c-58' }),
  },
  ...both('/enable_project', {
    tag: 'Projects',
    summary: 'Let the schedule run',
    query: { id: 'fedora' },
    answer: success('enable_project', { id: 'fedora', enabled: true }),
  }),
  ...both('/disable_project', {
    tag: 'Projects',
    summary: 'Let the schedule rest; an explicit sync still works',
    query: { id: 'fedora' },
    answer: success('disable_project', { id: 'fedora', enabled: false }),
  }),
  ...both('/syncup', {
    tag: 'Runs',
    summary: 'Sync now',
    query: { id: 'fedora', mode: 'sync', dry_run: false, force: false },
    answer: success('syncup_project', { id: 'fedora', run: RUN.run, note: 'sync initiated' }),
  }),
  'POST /stop_run': {
    tag: 'Runs',
    summary: 'Stop a run, wherever it is',
    body: { run: RUN.run },
    answer: success('stop_run', { run: RUN.run, state: 'stopped' }),
  },
  'GET /list_runs': {
    tag: 'Runs',
    summary: 'Runs, newest first',
    query: { id: 'fedora', state: 'succeeded', limit: 50 },
    answer: [RUN],
  },
  'GET /get_run': { tag: 'Runs', summary: 'One run', query: { run: RUN.run }, answer: RUN },
  'GET /run_log': {
    tag: 'Runs',
    summary: "rsync's own output of a stage; follow=true goes on until it ends",
    query: { run: RUN.run, slave: SLAVE.id, follow: false },
    answer: null,
  },
  'GET /events': {
    tag: 'Runs',
    summary: 'Server-Sent Events of everything that moves; Last-Event-ID replays what was missed',
    query: { id: 'fedora' },
    answer: null,
  },
  'POST /add_slave': {
    tag: 'Slaves',
    summary: 'Add a slave, or give it another upstream',
    body: { hostname: 'ftp-nyc.example.org', port: '7000' },
    answer: success('add_slave', {
      hostname: SLAVE.hostname,
      port: 7000,
      id: SLAVE.id,
      details: 'Added to cluster',
      reachable: true,
    }),
  },
  'GET /list_slaves': { tag: 'Slaves', summary: 'All slaves, and how far each is with each project', answer: [SLAVE] },
  'GET /list_masters': { tag: 'Nodes', summary: 'All masters, and which of them are up', answer: [MASTER] },
  'POST /remove_slave': {
    tag: 'Slaves',
    summary: 'Remove a slave; its files stay',
    body: { hostname: SLAVE.hostname, port: 7000 },
    answer: success('remove_slave', { details: 'Found and deleted' }),
  },
  'POST /slave_rsync_complete': {
    tag: 'Nodes',
    summary: 'A slave reports how its part of a run ended',
    body: REPORT,
    answer: success('slave_rsync_complete'),
  },
  'POST /slave_progress': {
    tag: 'Nodes',
    summary: 'A slave reports how far it is',
    body: { run: RUN.run, slave_id: SLAVE.id, progress: PROGRESS },
    answer: success('slave_progress'),
  },
  'GET /slave_changes': {
    tag: 'Nodes',
    summary: 'The names that changed, for a slave in a run: a mark, the name, a zero byte for each',
    query: { run: RUN.run, slave_id: SLAVE.id },
    answer: null,
  },
  'GET /slave_generations': {
    tag: 'Nodes',
    summary: "What the fleet serves, by the projects' keys",
    answer: { 'fedora-6ef91c': { generation: 41, sequence: 12 } },
  },
  'POST /create_api_user': {
    tag: 'Users',
    summary: 'Add a user',
    body: { username: 'superman', password: 'a good one', role: 'upstreamuser' },
    answer: success('create_api_user', { username: 'superman', role: 'upstreamuser' }),
  },
  'GET /list_users': { tag: 'Users', summary: 'All users', answer: [{ username: 'root', role: 'root' }] },
  'POST /update_api_user': {
    tag: 'Users',
    summary: "Change a user's role or password; one's own password needs no role",
    body: { username: 'superman', role: 'viewer' },
    answer: success('update_api_user', { username: 'superman', role: 'viewer' }),
  },
  'POST /remove_api_user': {
    tag: 'Users',
    summary: 'Remove a user, with all tokens',
    body: { username: 'superman' },
    answer: success('remove_api_user', { username: 'superman' }),
  },
  'GET /get_token': {
    tag: 'Users',
    summary: 'A token for scripts; it is shown this once',
    query: { ttl: 600 },
    answer: success('get_token', { token: 'x'.repeat(43), ...TOKEN, username: 'root', role: 'root' }),
  },
  'GET /list_tokens': {
    tag: 'Users',
    summary: "One's own tokens; root sees all",
    answer: [{ ...TOKEN, username: 'root', created_at: '2026-11-24T00:42:00.000Z' }],
  },
  'POST /revoke_token': {
    tag: 'Users',
    summary: 'End a token',
    body: { token_id: TOKEN.token_id },
    answer: success('revoke_token', { token_id: TOKEN.token_id }),
  },
  'GET /test': { tag: 'Users', summary: 'Does my log-in work, as root?', answer: success('test') },
  'GET /healthz': { tag: 'Status', summary: 'Alive', answer: { status: 'ok', version: '0.1.0' } },
  'GET /readyz': {
    tag: 'Status',
    summary: 'Able to work, or 503 with the reasons',
    answer: { status: 'ready', problems: [] },
  },
  'GET /metrics': { tag: 'Status', summary: 'For Prometheus', answer: null },
  'GET /status.json': {
    tag: 'Status',
    summary: 'For mirror front pages, as tunasync shows it',
    answer: [
      {
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
      },
    ],
  },
  'GET /mirrorz.json': {
    tag: 'Status',
    summary: 'For mirror front pages, as mirrorz 1.7 describes a site',
    answer: {
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
    },
  },
}

/** The original changes things by GET; POST does the same. */
function both(url: string, doc: RouteDoc): Record<string, RouteDoc> {
  return { [`GET ${url}`]: doc, [`POST ${url}`]: doc }
}

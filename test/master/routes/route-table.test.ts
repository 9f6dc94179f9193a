// Asks every registered route as every kind of user. A new route needs a row here.

import { beforeAll, describe, expect, it } from 'vitest'
import { basic, type Login, ROOT as ROOT_LOGIN, SLAVE_TOKEN, useTestMaster } from '../../helpers/master.ts'
import { logInOf } from '../../helpers/slave-log-in.ts'

type Who = 'anonymous' | 'viewer' | 'owner' | 'other' | 'root' | 'slave'
const WHO: readonly Who[] = ['anonymous', 'viewer', 'owner', 'other', 'root', 'slave']

/** Who passes the checks of log-in, role and ownership. */
const OPEN: readonly Who[] = WHO
const ANY: readonly Who[] = ['viewer', 'owner', 'other', 'root']
const ADDERS: readonly Who[] = ['owner', 'other', 'root']
const MANAGERS: readonly Who[] = ['owner', 'root']
const ROOT: readonly Who[] = ['root']
const SLAVE: readonly Who[] = ['slave']

interface Row {
  allowed: readonly Who[]
  query?: string
  body?: object
}

const NEW_PROJECT = { project: 'NEW', rsync_host: 'example.org', rsync_module: 'm', dest: '/nowhere' }
const REPORT = {
  run: 'x-1',
  slave_id: 's:1',
  project: 'p',
  state: 'failed',
  generation: null,
  tag: null,
  method: null,
  drift: null,
  source: null,
  started_at: null,
  finished_at: '2026-01-01T00:00:00Z',
  exit_code: 1,
  summary: null,
  error: null,
  log: '',
}
const PROGRESS = { percent: 1, bytes: 1, rate: 1, eta_s: null, files_checked: 1, files_total: 1 }

/** By method and path. Bodies and queries are good enough to reach the access check, and do no harm after it. */
const TABLE: Readonly<Record<string, Row>> = {
  'POST /add_project': { allowed: ADDERS, body: NEW_PROJECT },
  'GET /list_projects': { allowed: ANY },
  'POST /update_project/basic': { allowed: MANAGERS, body: { id: 'PROJECT' } },
  'POST /update_project/schedule': { allowed: MANAGERS, body: { id: 'PROJECT' } },
  'GET /enable_project': { allowed: MANAGERS, query: '?id=PROJECT' },
  'POST /enable_project': { allowed: MANAGERS, query: '?id=PROJECT' },
  'GET /disable_project': { allowed: MANAGERS, query: '?id=PROJECT' },
  'POST /disable_project': { allowed: MANAGERS, query: '?id=PROJECT' },
  'POST /remove_project': { allowed: MANAGERS, body: { id: 'PROJECT' } },
  'POST /preview_schedule': { allowed: ANY, body: { minute: 1 } },
  'GET /syncup': { allowed: MANAGERS, query: '?id=PROJECT&dry_run=true' },
  'POST /syncup': { allowed: MANAGERS, query: '?id=PROJECT&dry_run=true' },
  'POST /stop_run': { allowed: MANAGERS, body: { run: 'RUN' } },
  'POST /rollback_project': { allowed: MANAGERS, body: { id: 'PROJECT' } },
  'POST /publish_held': { allowed: MANAGERS, body: { id: 'PROJECT' } },
  'GET /list_generations': { allowed: ANY, query: '?id=PROJECT' },
  'GET /list_masters': { allowed: ANY },
  'POST /assign_node': { allowed: MANAGERS, body: { node: 'any', ids: ['PROJECT'] } },
  'GET /list_runs': { allowed: ANY },
  'GET /run_history': { allowed: ANY, query: '?ids=PROJECT' },
  'GET /get_run': { allowed: ANY, query: '?run=RUN' },
  'GET /run_log': { allowed: ANY, query: '?run=RUN' },
  'GET /events': { allowed: ANY, query: '?id=-not-a-name' },
  'POST /add_slave': { allowed: ROOT, body: { hostname: 'localhost', port: 9 } },
  'GET /list_slaves': { allowed: ANY },
  'POST /remove_slave': { allowed: ROOT, body: { hostname: 'nobody' } },
  'POST /slave_token': { allowed: ROOT, body: { id: 'nobody:1' } },
  'POST /notify_test': { allowed: ROOT },
  'POST /slave_rsync_complete': { allowed: SLAVE, body: REPORT },
  'GET /slave_changes': { allowed: SLAVE, query: '?run=x-1&slave_id=s:1' },
  'GET /slave_generations': { allowed: SLAVE },
  'GET /slave_fleet': { allowed: SLAVE },
  'POST /slave_progress': { allowed: SLAVE, body: { run: 'x-1', slave_id: 's:1', progress: PROGRESS } },
  'POST /test_upstream': { allowed: ADDERS, body: { rsync_host: 'a b' } },
  'POST /log_in': { allowed: OPEN, body: { username: 'root', password: 'correct horse' } },
  'POST /log_out': { allowed: OPEN, body: {} },
  'GET /list_sessions': { allowed: ANY },
  'POST /end_session': { allowed: ANY, body: { session_id: '0'.repeat(16) } },
  'POST /create_api_user': { allowed: ROOT, body: { username: 'root', password: 'x' } },
  'GET /list_users': { allowed: ROOT },
  'POST /update_api_user': { allowed: ROOT, body: { username: 'nobody', password: 'x' } },
  'POST /remove_api_user': { allowed: ROOT, body: { username: 'nobody' } },
  'GET /get_token': { allowed: ANY },
  'POST /create_token': { allowed: ANY, body: {} },
  'GET /list_tokens': { allowed: ANY },
  'POST /revoke_token': { allowed: ANY, body: { token_id: '0123456789abcdef' } },
  'GET /audit': { allowed: ROOT },
  'GET /test': { allowed: ROOT },
  // By its signature only.
  'POST /hooks/:id': { allowed: [] },
  'GET /healthz': { allowed: OPEN },
  'GET /readyz': { allowed: OPEN },
  'GET /metrics': { allowed: ANY },
  'GET /status.json': { allowed: OPEN },
  'GET /mirrorz.json': { allowed: OPEN },
  'GET /status': { allowed: OPEN },
  'GET /': { allowed: OPEN },
  'GET /assets/*': { allowed: OPEN },
  'GET /docs': { allowed: OPEN },
  'GET /docs/json': { allowed: OPEN },
  'GET /docs/yaml': { allowed: OPEN },
  'GET /docs/static/*': { allowed: OPEN },
  'GET /docs/static/index.html': { allowed: OPEN },
  'GET /docs/static/swagger-initializer.js': { allowed: OPEN },
}

// Time stands still: a master whose schedules were never started is not ready after a minute.
const started = Date.now()
const master = useTestMaster({ RETRY_LIMIT: '0' }, () => started)
const logins: Partial<Record<Who, Login>> = { root: ROOT_LOGIN }
let asked = 0

beforeAll(async () => {
  for (const [name, role] of [
    ['viewer', 'viewer'],
    ['owner', 'upstreamuser'],
    ['other', 'upstreamuser'],
  ] as const) {
    logins[name] = await master.addUser(name, role)
  }
})

/** Asks a route of a project that nobody else asks about, and of its run; answers with the status. */
const ask = async (route: string, who: Who): Promise<number> => {
  const project = `p${++asked}`
  const added = { ...NEW_PROJECT, project, dest: `${master.folder}/mirror`, rsync_host: '127.0.0.1', rsync_port: 9 }
  await master.ask('/add_project/', added, logins.owner)
  const { run } = (await master.ask(`/syncup/?id=${project}`)).body
  const fill = (text: string) =>
    text.replaceAll('RUN', run).replaceAll('PROJECT', project).replaceAll('NEW', `new-${project}`)
  const [method = 'GET', url = ''] = route.split(' ')
  const { query = '', body = method === 'POST' ? {} : undefined } = TABLE[route] ?? {}
  const login = logins[who]
  const headers =
    who === 'slave' ? logInOf(SLAVE_TOKEN, REPORT.slave_id, 'to-master') : login && { authorization: basic(login) }
  const response = await master.app.inject({
    method: method === 'POST' ? 'POST' : 'GET',
    url: `${url}${fill(query)}`,
    headers: headers ?? {},
    // Each from an address of its own: nobody is held up by what others guessed.
    remoteAddress: `198.18.${asked >> 8}.${asked & 255}`,
    ...(body === undefined ? {} : { payload: JSON.parse(fill(JSON.stringify(body))) }),
  })
  return response.statusCode
}

describe('every route', () => {
  it('has a row, and every row has a route', () => {
    const routes = master.app.routeTable.filter(({ method }) => method !== 'HEAD')
    const names = new Set(routes.map(({ method, url }) => `${method} ${url}`))
    expect([...names].sort()).toEqual(Object.keys(TABLE).sort())
  })

  it.each(Object.keys(TABLE))('%s admits the users it should, and nobody else', async (route) => {
    const allowed = TABLE[route]?.allowed ?? []
    for (const who of WHO) {
      const status = await ask(route, who)
      const refused = status === 401 || status === 403
      expect(refused, `${who} got ${status}`).toBe(!allowed.includes(who))
      if (who === 'anonymous' && refused) expect(status).toBe(401)
      expect(status).toBeLessThan(500)
    }
  })
})

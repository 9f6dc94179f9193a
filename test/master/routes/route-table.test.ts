// Asks every registered route as every kind of user. A new route needs a row here.

import { describe, expect, it } from 'vitest'
import { type Login, SLAVE_TOKEN, startTestMaster, type TestMaster } from '../../helpers/master.ts'

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

const PROJECT = { project: 'another', rsync_host: 'example.org', rsync_module: 'm', dest: '/nowhere' }
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
  'POST /add_project': { allowed: ADDERS, body: PROJECT },
  'GET /list_projects': { allowed: ANY },
  'POST /update_project/basic': { allowed: MANAGERS, body: { id: 'p' } },
  'POST /update_project/schedule': { allowed: MANAGERS, body: { id: 'p' } },
  'GET /enable_project': { allowed: MANAGERS, query: '?id=p' },
  'POST /enable_project': { allowed: MANAGERS, query: '?id=p' },
  'GET /disable_project': { allowed: MANAGERS, query: '?id=p' },
  'POST /disable_project': { allowed: MANAGERS, query: '?id=p' },
  'POST /remove_project': { allowed: MANAGERS, body: { id: 'p' } },
  'POST /preview_schedule': { allowed: ANY, body: { minute: 1 } },
  'GET /syncup': { allowed: MANAGERS, query: '?id=p&dry_run=true' },
  'POST /syncup': { allowed: MANAGERS, query: '?id=p&dry_run=true' },
  'POST /stop_run': { allowed: MANAGERS, body: { run: 'RUN' } },
  'POST /rollback_project': { allowed: MANAGERS, body: { id: 'p' } },
  'GET /list_masters': { allowed: ANY },
  'GET /list_runs': { allowed: ANY },
  'GET /get_run': { allowed: ANY, query: '?run=RUN' },
  'GET /run_log': { allowed: ANY, query: '?run=RUN' },
  'GET /events': { allowed: ANY, query: '?id=-not-a-name' },
  'POST /add_slave': { allowed: ROOT, body: { hostname: 'localhost', port: 9 } },
  'GET /list_slaves': { allowed: ANY },
  'POST /remove_slave': { allowed: ROOT, body: { hostname: 'nobody' } },
  'POST /slave_rsync_complete': { allowed: SLAVE, body: REPORT },
  'GET /slave_changes': { allowed: SLAVE, query: '?run=x-1&slave_id=s:1' },
  'GET /slave_generations': { allowed: SLAVE },
  'POST /slave_progress': { allowed: SLAVE, body: { run: 'x-1', slave_id: 's:1', progress: PROGRESS } },
  'POST /create_api_user': { allowed: ROOT, body: { username: 'root', password: 'x' } },
  'GET /list_users': { allowed: ROOT },
  'POST /update_api_user': { allowed: ROOT, body: { username: 'nobody', password: 'x' } },
  'POST /remove_api_user': { allowed: ROOT, body: { username: 'nobody' } },
  'GET /get_token': { allowed: ANY },
  'GET /list_tokens': { allowed: ANY },
  'POST /revoke_token': { allowed: ANY, body: { token_id: '0123456789abcdef' } },
  'GET /test': { allowed: ROOT },
  'GET /healthz': { allowed: OPEN },
  'GET /readyz': { allowed: OPEN },
  'GET /metrics': { allowed: ANY },
  'GET /status.json': { allowed: OPEN },
  'GET /mirrorz.json': { allowed: OPEN },
  'GET /': { allowed: OPEN },
  'GET /assets/*': { allowed: OPEN },
  'GET /docs': { allowed: OPEN },
  'GET /docs/json': { allowed: OPEN },
  'GET /docs/yaml': { allowed: OPEN },
  'GET /docs/static/*': { allowed: OPEN },
  'GET /docs/static/index.html': { allowed: OPEN },
  'GET /docs/static/swagger-initializer.js': { allowed: OPEN },
}

const routesOf = (master: TestMaster): string[] =>
  [
    ...new Set(
      master.app.routeTable.filter(({ method }) => method !== 'HEAD').map(({ method, url }) => `${method} ${url}`),
    ),
  ].sort()

/** A master with every kind of user, a project and a run of it. */
const openMaster = async (): Promise<(route: string, who: Who) => Promise<number>> => {
  const master = await startTestMaster({ RETRY_LIMIT: '0' })
  const logins: Partial<Record<Who, Login | string>> = { slave: SLAVE_TOKEN }
  for (const [name, role] of [
    ['viewer', 'viewer'],
    ['owner', 'upstreamuser'],
    ['other', 'upstreamuser'],
  ] as const) {
    logins[name] = await master.addUser(name, role)
  }
  await master.ask(
    '/add_project/',
    { ...PROJECT, project: 'p', dest: `${master.folder}/mirror`, rsync_host: '127.0.0.1', rsync_port: 9 },
    logins.owner,
  )
  const { run } = (await master.ask('/syncup/?id=p')).body
  return async (route, who) => {
    const row = TABLE[route]
    const [method = '', url = ''] = route.split(' ')
    const fill = (text: string) => text.replaceAll('RUN', run)
    const body =
      row?.body === undefined ? (method === 'POST' ? {} : undefined) : JSON.parse(fill(JSON.stringify(row.body)))
    const login = who === 'root' ? undefined : (logins[who] ?? null)
    return (await master.ask(`${url}${fill(row?.query ?? '')}`, body, login)).status
  }
}

describe('every route', () => {
  it('has a row, and every row has a route', async () => {
    expect(routesOf(await startTestMaster())).toEqual(Object.keys(TABLE).sort())
  })

  it.each(Object.keys(TABLE))('%s admits the users it should, and nobody else', async (route) => {
    const allowed = TABLE[route]?.allowed ?? []
    const shared = await openMaster()
    // A refused request changes nothing, and a GET changes nothing that the next request would notice.
    for (const who of [...WHO].sort((a, b) => Number(allowed.includes(a)) - Number(allowed.includes(b)))) {
      const isOwn = route.startsWith('POST') && allowed.includes(who)
      const ask = isOwn ? await openMaster() : shared
      const status = await ask(route, who)
      const refused = status === 401 || status === 403
      expect(refused, `${who} got ${status}`).toBe(!allowed.includes(who))
      if (who === 'anonymous' && refused) expect(status).toBe(401)
      expect(status).toBeLessThan(500)
    }
  })
})

// Tokens that are limited, or live long.

import { describe, expect, it } from 'vitest'
import { startTestMaster, type TestMaster } from '../../helpers/master.ts'
import { addUnreachable } from '../../helpers/runs.ts'

const AT = Date.parse('2026-01-01T00:00:00Z')
const scope = (...projects: string[]) => ({ projects, actions: ['sync'] })

/** A master whose clock stands still until `later`; two projects of anna, and one of root. */
const start = async (env: Record<string, string> = {}) => {
  let now = AT
  const master = await startTestMaster(
    { TOKEN_TTL_S: '100', TOKEN_MAX_TTL_S: '200', RETRY_LIMIT: '0', ...env },
    () => now,
  )
  const anna = await master.addUser('anna', 'upstreamuser')
  for (const project of ['debian', 'ubuntu']) await master.ask('/add_project/', unreachable(master, project), anna)
  await addUnreachable(master, 'fedora')
  return {
    ...master,
    anna,
    make: async (body: object, login?: Parameters<typeof master.ask>[2]) =>
      (await master.ask('/create_token/', body, login)).body,
    later: (seconds: number) => {
      now += seconds * 1000
    },
  }
}
const unreachable = (master: TestMaster, project: string) => ({
  project,
  rsync_host: '127.0.0.1',
  rsync_port: 9,
  rsync_module: 'm',
  dest: `${master.folder}/mirror`,
})

describe('a token that is limited to syncs', () => {
  it('starts those of its projects, and does nothing else', async () => {
    const { ask, make, anna, app } = await start()
    const { token, ...answer } = await make({ label: 'push', ttl: '90d', scope: scope('debian') }, anna)
    expect(answer).toMatchObject({
      method: 'create_token',
      success: true,
      username: 'anna',
      label: 'push',
      scope: scope('debian'),
      expires_at: '2026-04-01T00:00:00.000Z',
    })
    expect((await ask('/syncup/?id=debian', undefined, token)).status).toBe(202)
    expect((await ask('/syncup/?project=debian&mode=full', {}, token)).status).toBe(202)
    expect((await ask('/syncup/?id=debian', undefined, { username: token, password: 'x' })).status).toBe(202)
    for (const id of ['ubuntu', 'fedora', 'nothing'])
      expect((await ask(`/syncup/?id=${id}`, undefined, token)).body, id).toMatchObject({
        error: { code: 'SCOPE_FORBIDDEN', message: expect.stringContaining('limited to other projects') },
      })
    expect((await ask('/syncup/?id=debian&force=true', undefined, token)).body).toMatchObject({
      error: { code: 'SCOPE_FORBIDDEN' },
    })
    // Whatever the route, as long as it is one that needs a log-in.
    const routes = app.routeTable.filter(
      ({ method, url }) => method !== 'HEAD' && url !== '/syncup' && !url.includes('*'),
    )
    for (const { method, url } of routes) {
      const response = await app.inject({
        method: method as 'GET',
        url,
        headers: { authorization: `Bearer ${token}` },
        ...(method === 'POST' ? { payload: {} } : {}),
      })
      const open = /^\/(healthz|readyz|status|status\.json|mirrorz\.json|docs.*|hooks.*|log_in|log_out)?$/.test(url)
      const isSlaves = /^\/slave_(?!token)/.test(url)
      if (!open) expect(response.statusCode, `${method} ${url}`).toBe(isSlaves ? 401 : 403)
    }
  })

  it('follows its projects when they are renamed, and not to others of their name', async () => {
    const { ask, make, anna, context } = await start()
    const { token } = await make({ scope: scope('debian') }, anna)
    await ask('/update_project/basic/', { id: 'debian', project: 'bookworm' })
    expect((await ask('/syncup/?id=bookworm', undefined, token)).status).toBe(202)
    expect((await ask('/list_tokens/', undefined, anna)).body[0]).toMatchObject({ scope: scope('bookworm') })
    const { key } = (await context.store.findProject('bookworm')) ?? { key: '' }
    await context.runs.stopProject(key)
    await ask('/remove_project/', { id: 'bookworm' })
    await addUnreachable({ ask } as TestMaster, 'bookworm', { dest: context.settings.DEST_ROOT })
    expect((await ask('/syncup/?id=bookworm', undefined, token)).status).toBe(403)
    expect((await ask('/list_tokens/', undefined, anna)).body[0]).toMatchObject({ scope: { projects: [] } })
  })

  it('is only for projects that its user manages, then and later', async () => {
    const { ask, make, anna } = await start()
    expect(await make({ scope: scope('debian', 'fedora') }, anna)).toMatchObject({ error: { code: 'NOT_OWNER' } })
    expect(await make({ scope: scope('nothing') }, anna)).toMatchObject({
      error: { code: 'PROJECT_NOT_FOUND', field: 'scope.projects' },
    })
    const { token } = await make({ username: 'anna', scope: scope('debian') })
    expect(await make({ username: 'anna', scope: scope('fedora') })).toMatchObject({ error: { code: 'NOT_OWNER' } })
    await ask('/update_api_user/', { username: 'anna', role: 'viewer' })
    expect((await ask('/syncup/?id=debian', undefined, token)).body).toMatchObject({
      error: { code: 'ROLE_FORBIDDEN' },
    })
  })

  it.each([
    [{ scope: { projects: [], actions: ['sync'] } }, 'scope.projects'],
    [{ scope: { projects: ['debian'], actions: [] } }, 'scope.actions'],
    [{ scope: { projects: ['debian'], actions: ['remove'] } }, 'scope.actions'],
    [{ scope: { projects: ['debian'] } }, 'scope.actions'],
    [{ scope: { ...scope('debian'), more: 1 } }, 'scope.more'],
    [{ label: '' }, 'label'],
    [{ ttl: 0 }, 'ttl'],
    [{ ttl: '90' }, 'ttl'],
    [{ ttl: '366d' }, 'ttl'],
    [{ ttl: 31_536_001 }, 'ttl'],
    [{ username: 'nobody' }, 'username'],
  ])('is refused where %j is asked for', async (body, field) => {
    const { make } = await start()
    const { error } = await make(body)
    expect(error.field).toMatch(new RegExp(`^${field}`))
  })
})

describe('the lifetime of a token', () => {
  it('is what was asked for, or the request is refused', async () => {
    const { ask, make, anna, later } = await start()
    expect((await make({ ttl: '365d' }, anna)).expires_at).toBe('2027-01-01T00:00:00.000Z')
    expect((await make({ ttl: 300 }, anna)).expires_at).toBe('2026-01-01T00:05:00.000Z')
    const session = await make({}, anna)
    expect(session.expires_at).toBe('2026-01-01T00:01:40.000Z')
    expect(await make({ ttl: 101 }, session.token)).toMatchObject({ error: { code: 'INVALID_INPUT', field: 'ttl' } })
    later(50)
    expect((await make({}, session.token)).expires_at).toBe(session.expires_at)
    expect((await make({ ttl: 50 }, session.token)).expires_at).toBe(session.expires_at)
    later(50)
    expect((await ask('/list_projects/', undefined, session.token)).status).toBe(401)
  })

  it('is without end only for root', async () => {
    const { ask, make, anna, later } = await start()
    expect(await make({ ttl: 'never' }, anna)).toMatchObject({ error: { field: 'ttl' } })
    expect(await make({ ttl: 'never' }, (await make({})).token)).toMatchObject({ error: { field: 'ttl' } })
    const { token, expires_at } = await make({ ttl: 'never', username: 'anna' })
    expect(expires_at).toBeNull()
    later(10 * 365 * 86_400)
    // What has expired is tidied away when a token is made.
    await make({})
    expect((await ask('/list_projects/', undefined, token)).status).toBe(200)
    expect((await ask('/list_tokens/', undefined, anna)).body).toMatchObject([{ expires_at: null }])
  })

  it('is nothing that another user decides on', async () => {
    const { make, anna } = await start()
    expect(await make({ username: 'root' }, anna)).toMatchObject({ error: { code: 'ROLE_FORBIDDEN' } })
    expect(await make({ username: 'anna' }, anna)).toMatchObject({ success: true })
  })
})

describe('the last use of a token', () => {
  it('is listed at once, and survives the master', async () => {
    const { ask, make, later, context, anna } = await start()
    const { token } = await make({ label: 'used' }, anna)
    const last = async () => (await ask('/list_tokens/', undefined, anna)).body[0].last_used_at
    expect(await last()).toBeNull()
    later(7)
    await ask('/list_projects/', undefined, token)
    expect(await last()).toBe('2026-01-01T00:00:07.000Z')
    expect((await context.store.listTokens())[0]?.last_used_at).toBeNull()
    await context.uses.stop()
    expect((await context.store.listTokens())[0]?.last_used_at).toBe('2026-01-01T00:00:07.000Z')
    expect(await last()).toBe('2026-01-01T00:00:07.000Z')
  })
})

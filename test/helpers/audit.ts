// What the audit list says of requests: the same for one master and for several.

import { describe, expect, it } from 'vitest'
import { LEFT_OUT } from '../../master/audit/actions.ts'
import { temporaryFolder } from './folder.ts'
import { basic, projectPayload, ROOT, startTestMaster, type TestMaster } from './master.ts'

/** The secret fields in the bodies of all routes, as `POST /add_project rsync_password`. */
function secretFields({ app }: Pick<TestMaster, 'app'>): string[] {
  const find = (schema: unknown): string[] => {
    if (typeof schema !== 'object' || schema === null) return []
    return Object.entries(schema).flatMap(([key, value]) => {
      if (key !== 'properties') return find(value)
      return Object.entries(Object(value)).flatMap(([name, inner]) => [
        ...(/password|secret|token$|webhooks/.test(name) ? [name] : []),
        ...find(inner),
      ])
    })
  }
  const found = app.routeTable.flatMap(({ url, schema }) => find(schema?.body).map((name) => `${url} ${name}`))
  return [...new Set(found)].sort()
}

const SENT = {
  rsync_password: 'hush-upstream',
  trigger_secret: 'hush-trigger-of-the-forge',
  webhooks: ['https://example.org/hush-webhook'],
  upstreams: [{ rsync_host: 'second.example.org', rsync_module: 'm', rsync_password: 'hush-second' }],
  downstreams: [{ url: 'https://mirror.example.org/hooks/fedora', secret: 'hush-downstream-of-ours' }],
}
const COMMAND = { source: { kind: 'command', command: 'dash', secrets: { KEY: 'hush-command' } } }

/** Defines the tests. `makeEnv` makes the settings of a master with a store of its own, for each test. */
export function testAudit(makeEnv: () => Promise<Record<string, string>>): void {
  const start = async (more: Record<string, string> = {}) => {
    const env = { DATA_DIR: temporaryFolder(), COMMANDS_DIR: '/usr/bin', ...(await makeEnv()), ...more }
    let time = Date.parse('2026-01-01T00:00:00Z')
    const master = await startTestMaster(env, () => time++)
    const list = async (query = '') => (await master.ask(`/audit/${query}`)).body
    return { ...master, env, list }
  }

  describe('the audit list', () => {
    it('says who changed what, when, and from where, newest first', async () => {
      const { app, ask, addUser, list, ...master } = await start()
      const owner = await addUser('owner', 'upstreamuser')
      await ask('/add_project/', projectPayload(master, { delete_guard_percent: 50 }), owner)
      await app.inject({
        method: 'POST',
        url: '/update_project/basic/',
        remoteAddress: '192.0.2.7',
        headers: { authorization: basic(owner) },
        payload: { id: 'fedora', delete_guard_percent: 20, rsync_port: 873, project: 'rawhide' },
      })
      await ask('/update_project/schedule/', { id: 'rawhide', minute: 5 })
      await ask('/disable_project/?id=rawhide')
      const { run } = (await ask('/syncup/?id=rawhide&mode=full&force=true')).body
      await ask('/stop_run/', { run })
      await ask('/update_api_user/', { username: 'owner', role: 'viewer' })
      await ask('/add_slave/', { hostname: 'one.example.org', port: '7000' })
      await ask('/remove_slave/', { hostname: 'one.example.org' })
      await ask('/remove_project/', { id: 'rawhide', purge: true })
      const entries = await list()
      const told = entries.map(({ username, kind, method, target, change }: Record<string, unknown>) => [
        username,
        method,
        kind,
        target,
        change,
      ])
      expect(told).toEqual([
        ['root', 'remove_project', 'project', 'rawhide', [{ field: 'purge', after: true }]],
        ['root', 'remove_slave', 'slave', 'one.example.org', []],
        ['root', 'add_slave', 'slave', 'one.example.org:7000', []],
        ['root', 'update_api_user', 'user', 'owner', [{ field: 'role', before: 'upstreamuser', after: 'viewer' }]],
        ['root', 'stop_run', 'project', 'rawhide', [{ field: 'run', after: run }]],
        [
          'root',
          'syncup_project',
          'project',
          'rawhide',
          [
            { field: 'mode', after: 'full' },
            { field: 'force', after: true },
            { field: 'run', after: run },
          ],
        ],
        ['root', 'disable_project', 'project', 'rawhide', [{ field: 'enabled', before: true, after: false }]],
        [
          'root',
          'update_project',
          'project',
          'rawhide',
          [{ field: 'cron_options', before: null, after: expect.objectContaining({ hour: '*', minute: '5' }) }],
        ],
        [
          'owner',
          'update_project',
          'project',
          'fedora',
          [
            { field: 'delete_guard_percent', before: 50, after: 20 },
            { field: 'project', before: 'fedora', after: 'rawhide' },
          ],
        ],
        [
          'owner',
          'add_project',
          'project',
          'fedora',
          expect.arrayContaining([
            { field: 'rsync_host', after: 'rsync.example.org' },
            { field: 'delete_guard_percent', after: 50 },
          ]),
        ],
      ])
      expect(entries[8]).toMatchObject({ from: '192.0.2.7', role: 'upstreamuser', at: expect.stringMatching(/^2026-/) })
      const times = entries.map(({ at }: { at: string }) => at)
      expect(times).toEqual(times.toSorted().toReversed())
    })

    it('notes nothing of what was refused, only looked at, or sent by a slave', async () => {
      const { ask, list, addUser } = await start()
      const viewer = await addUser('viewer', 'viewer')
      await ask('/list_projects/')
      await ask('/preview_schedule/', { minute: 1 })
      await ask('/test_upstream/', { rsync_host: '127.0.0.1', rsync_port: 9, rsync_module: 'm' })
      await ask('/create_api_user/', { username: 'other', password: 'x' }, viewer)
      await ask('/create_api_user/', { username: 'viewer', password: 'x' })
      await ask('/remove_project/', { id: 'nothing' })
      await ask('/log_in/', { username: 'root', password: 'wrong' }, null)
      await ask('/log_out/', {}, null)
      expect(await list()).toEqual([])
      expect(LEFT_OUT).toEqual(['/preview_schedule', '/test_upstream', '/hooks/:id'])
    })

    it('holds no secret, whichever was set or made', async () => {
      const { app, ask, list, ...master } = await start()
      const payload = projectPayload(master, SENT)
      expect((await ask('/add_project/', payload)).status).toBe(200)
      expect((await ask('/add_project/', { project: 'made', ...COMMAND })).status).toBe(200)
      const changed = JSON.parse(JSON.stringify({ ...SENT, ...COMMAND }).replaceAll('hush', 'hush-hush'))
      const { source, ...fields } = changed
      expect((await ask('/update_project/basic/', { id: 'fedora', ...fields })).status).toBe(200)
      expect((await ask('/update_project/basic/', { id: 'made', source })).status).toBe(200)
      await ask('/create_api_user/', { username: 'anna', password: 'hush-password' })
      await ask('/update_api_user/', { username: 'anna', password: 'hush-hush-password' })
      const session = await ask('/log_in/', { username: 'anna', password: 'hush-hush-password' }, null)
      const cookie = String(session.headers['set-cookie']).split(';')[0] ?? ''
      const made = [
        (await ask('/get_token/')).body.token,
        (await ask('/create_token/', { label: 'push', ttl: '90d' })).body.token,
        (await ask('/add_slave/', { hostname: 'one.example.org', port: 7000 })).body.token,
        (await ask('/slave_token/', { id: 'one.example.org:7000' })).body.token,
        cookie.split('=')[1],
      ]
      await app.inject({ method: 'POST', url: '/log_out/', headers: { cookie }, payload: {} })
      const entries = await list()
      expect(entries.map(({ method }: { method: string }) => method).toReversed()).toEqual([
        'add_project',
        'add_project',
        'update_project',
        'update_project',
        'create_api_user',
        'update_api_user',
        'log_in',
        'get_token',
        'create_token',
        'add_slave',
        'slave_token',
        'log_out',
      ])
      const text = JSON.stringify(entries)
      expect(text).not.toContain('hush')
      expect(text).not.toContain(ROOT.password)
      for (const secret of made) {
        expect(secret).toMatch(/^.{43,}$/)
        expect(text).not.toContain(secret)
      }
      const hidden = (index: number) =>
        entries
          .toReversed()
          [index].change.filter((one: { hidden?: true }) => one.hidden)
          .map(({ field }: { field: string }) => field)
      expect(hidden(0)).toEqual(['rsync_password', 'trigger_secret', 'webhooks'])
      expect(hidden(2)).toEqual(['rsync_password', 'trigger_secret', 'webhooks', 'upstreams', 'downstreams'])
      expect([hidden(3), hidden(4), hidden(5)]).toEqual([['source'], ['password'], ['password']])
      const [login, logout] = [entries.at(-7), entries[0]]
      expect(login).toMatchObject({ username: 'anna', kind: 'session', target: session.body.session_id, change: [] })
      expect(logout).toMatchObject({ username: 'anna', kind: 'session', target: session.body.session_id })
      // What is sent above is all that there is: a new secret field of a request belongs there too.
      expect(secretFields({ app })).toEqual([
        '/add_project rsync_password',
        '/add_project secret',
        '/add_project secrets',
        '/add_project trigger_secret',
        '/add_project webhooks',
        '/create_api_user password',
        '/log_in password',
        '/test_upstream rsync_password',
        '/test_upstream secrets',
        '/update_api_user password',
        '/update_project/basic rsync_password',
        '/update_project/basic secret',
        '/update_project/basic secrets',
        '/update_project/basic trigger_secret',
        '/update_project/basic webhooks',
      ])
    })

    it('is read a page at a time, by user, method and project, and not otherwise', async () => {
      const { ask, addUser, list, ...master } = await start()
      const owner = await addUser('owner', 'upstreamuser')
      for (const project of ['a', 'b']) await ask('/add_project/', projectPayload(master, { project }), owner)
      for (let time = 0; time < 5; time++) await ask(`/${time % 2 ? 'enable' : 'disable'}_project/?id=a`)
      const all = await list()
      const first = await list('?limit=3')
      const second = await list(`?limit=3&before=${first.at(-1).audit_id}`)
      const third = await list(`?limit=3&before=${second.at(-1).audit_id}`)
      expect([...first, ...second, ...third]).toEqual(all)
      expect(all).toHaveLength(7)
      expect(await list('?username=owner')).toEqual(all.slice(5))
      expect(await list('?method=enable_project&project=a')).toHaveLength(2)
      expect(await list('?project=b')).toEqual([all[5]])
      for (const [query, field] of [
        ['?limit=0', 'limit'],
        ['?limit=many', 'limit'],
        ['?before=yesterday', 'before'],
        ['?username=-', 'username'],
        ['?method=DROP%20TABLE', 'method'],
        ['?project=../etc', 'project'],
        ['?since=now', 'since'],
      ])
        expect(await ask(`/audit/${query}`), query).toMatchObject({
          status: 400,
          body: { error: { code: 'INVALID_INPUT', field } },
        })
      expect((await ask('/audit/', undefined, owner)).status).toBe(403)
      expect((await ask('/audit/', {})).status).toBe(405)
    })

    it('is there after a restart, and goes on', async () => {
      const { ask, list, context, app, env } = await start()
      await ask('/create_api_user/', { username: 'anna', password: 'x' })
      const before = await list()
      await context.quiesce()
      await app.close()
      await context.stop()
      const again = await startTestMaster(env, () => Date.parse('2026-01-01T12:00:00Z'))
      await again.ask('/remove_api_user/', { username: 'anna' })
      const entries = (await again.ask('/audit/')).body
      expect(entries.slice(1)).toEqual(before)
      expect(entries[0]).toMatchObject({
        method: 'remove_api_user',
        target: 'anna',
        change: [{ field: 'role', before: 'upstreamuser' }],
      })
    })

    it('believes no address that a client makes up', async () => {
      const { ask, app, list } = await start()
      await ask('/create_api_user/', { username: 'anna', password: 'x' })
      await app.inject({
        method: 'POST',
        url: '/remove_api_user/',
        remoteAddress: '192.0.2.9',
        headers: {
          authorization: basic(ROOT),
          'x-mirrorfleet-client': '198.51.100.1 made-up',
          'x-forwarded-for': '::1',
        },
        payload: { username: 'anna' },
      })
      expect((await list())[0]).toMatchObject({ from: '192.0.2.9' })
    })
  })
}

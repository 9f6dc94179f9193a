// What the audit list says of requests: the same for one master and for several.

import { describe, expect, it } from 'vitest'
import { describeAction, LEFT_OUT } from '../../master/audit/actions.ts'
import { until } from '../../scripts/sample/until.ts'
import { testAuditSecrets } from './audit-secrets.ts'
import { type MakeEnv, startAudited } from './audited.ts'
import { basic, projectPayload, ROOT, startTestMaster } from './master.ts'

/** Defines the tests. `makeEnv` makes the settings of a master with a store of its own, for each test. */
export function testAudit(makeEnv: MakeEnv): void {
  testAuditSecrets(makeEnv)

  const start = () => startAudited(makeEnv)

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
      await ask('/log_in/', { username: 'nobody', password: 'wrong' }, null)
      await ask('/log_out/', {}, null)
      expect(await list()).toEqual([])
      expect(LEFT_OUT).toEqual(['/preview_schedule', '/test_upstream', '/hooks/:id', '/assign_node'])
    })

    it('notes each of the projects that another master gets', async () => {
      const { ask, list } = await start()
      for (const project of ['one', 'two']) await ask('/add_project/', { project, rsync_host: 'h', rsync_module: 'm' })
      expect((await ask('/assign_node/', { node: 'any', ids: ['one', 'two'] })).status).toBe(200)
      const entries = (await list()).slice(0, 2)
      for (const [index, target] of ['two', 'one'].entries())
        expect(entries[index]).toMatchObject({ method: 'update_project', target, username: 'root', from: '127.0.0.1' })
      expect(entries[0].change).toMatchObject([{ field: 'node', after: 'any' }])
    })

    it('notes a log-in that failed, but not each of them, nor a name that may be a password', async () => {
      const { ask, list, later } = await start()
      const guess = (username: string) => ask('/list_projects/', undefined, { username, password: 'guess' })
      for (const username of ['root', 'root', 'hush-password']) expect((await guess(username)).status).toBe(401)
      await ask('/log_in/', { username: 'root', password: 'guess' }, null)
      await until('the entry to be there', async () => (await list()).length > 0)
      later(700_000)
      await guess('root')
      await until('the next entry to be there', async () => (await list()).length > 1)
      const entry = { username: null, role: null, from: '127.0.0.1', method: 'failed_log_in', kind: 'user', change: [] }
      expect(await list()).toMatchObject([
        { ...entry, target: 'root' },
        { ...entry, target: 'root' },
      ])
    })

    it('says of each route that changes something what it was about', async () => {
      const { app } = await start()
      const nothing = { project: null, role: null }
      const others = app.routeTable
        .filter(({ method, url }) => method === 'POST' && !/^\/slave_(?!token)/.test(url) && !LEFT_OUT.includes(url))
        .filter(
          ({ url }) =>
            describeAction(url, { given: {}, answered: {}, before: nothing, after: nothing }).kind === 'other',
        )
      expect(others.map(({ url }) => url)).toEqual(['/notify_test'])
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

    it('of a project has what was done under its earlier names, and nothing of another that has one now', async () => {
      const { ask, list, ...master } = await start()
      const said = async (project: string) =>
        (await list(`?project=${project}`)).map(({ method, target }: Record<string, unknown>) => `${method} ${target}`)
      await ask('/add_project/', projectPayload(master))
      await ask('/disable_project/?id=fedora')
      expect((await ask('/update_project/basic/', { id: 'fedora', project: 'rawhide' })).status).toBe(200)
      const before = ['update_project fedora', 'disable_project fedora', 'add_project fedora']
      expect(await said('rawhide')).toEqual(before)
      // Nobody has the old name: it stands for the project that had it.
      expect(await said('fedora')).toEqual(before)
      await ask('/add_project/', projectPayload(master))
      await ask('/enable_project/?id=rawhide')
      await ask('/enable_project/?id=fedora')
      expect(await said('rawhide')).toEqual(['enable_project rawhide', ...before])
      expect(await said('fedora')).toEqual(['enable_project fedora', 'add_project fedora'])
      expect(await list('?project=rawhide&method=disable_project')).toMatchObject([
        { target: 'fedora', project_key: (await list('?project=rawhide'))[0].project_key },
      ])
      // Who removed the one before is asked by the name, which another may have by then.
      await ask('/remove_project/', { id: 'fedora' })
      await ask('/add_project/', projectPayload(master))
      expect(await said('fedora')).toEqual([
        'add_project fedora',
        'remove_project fedora',
        'enable_project fedora',
        'add_project fedora',
      ])
      expect(await said('rawhide')).toEqual(['enable_project rawhide', ...before])
      await ask('/remove_project/', { id: 'rawhide' })
      expect(await said('rawhide')).toEqual(['remove_project rawhide', 'enable_project rawhide', ...before])
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

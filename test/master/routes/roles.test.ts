import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { isOfRoot } from '../../../master/store/of-root.ts'
import type { Direction } from '../../../shared/http/slave-log-in.ts'
import { SLAVE_TOKEN, startTestMaster, type TestMaster } from '../../helpers/master.ts'
import { logInOf } from '../../helpers/slave-log-in.ts'

describe('the projects of a user', () => {
  const payload = (folder: string, project: string) => ({
    project,
    rsync_host: 'example.org',
    rsync_module: 'm',
    dest: path.join(folder, 'mirror'),
  })
  const owners = async (ask: TestMaster['ask']) =>
    (await ask('/list_projects/')).body.map(({ id, owner }: { id: string; owner: string }) => [id, owner])

  it('go to the root user who removes the user, and not to the next one of that name', async () => {
    const { ask, addUser, folder } = await startTestMaster()
    const tenant = await addUser('tenant', 'upstreamuser')
    const admin = await addUser('admin', 'root')
    await ask('/add_project/', { ...payload(folder, 'tenants'), trigger_secret: 'known-to-the-tenant' }, tenant)
    await ask('/add_project/', payload(folder, 'others'))
    await ask('/remove_api_user/', { username: 'tenant' }, admin)
    expect(await owners(ask)).toEqual([
      ['others', 'root'],
      ['tenants', 'admin'],
    ])
    expect((await ask('/list_projects/?id=tenants')).body).toMatchObject([{ has_trigger_secret: false }])
    await ask('/create_api_user/', { ...tenant, role: 'upstreamuser' })
    expect((await ask('/disable_project/?id=tenants', undefined, tenant)).body).toMatchObject({
      error: { code: 'NOT_OWNER' },
    })
    await ask('/remove_api_user/', { username: 'admin' }, admin)
    expect(await owners(ask)).toEqual([
      ['others', 'root'],
      ['tenants', 'root'],
    ])
  })

  it('who was removed by an earlier version are not inherited either', async () => {
    const { ask, context, folder } = await startTestMaster()
    await ask('/add_project/', payload(folder, 'orphan'))
    const orphan = await context.store.findProject('orphan')
    await context.store.updateProject(orphan?.key ?? '', (project) => ({ ...project, owner: 'ghost' }))
    const ghost = { username: 'ghost', password: 'a new one' }
    await ask('/create_api_user/', { ...ghost, role: 'upstreamuser' })
    expect((await ask('/disable_project/?id=orphan', undefined, ghost)).status).toBe(403)
    expect(await owners(ask)).toEqual([['orphan', 'root']])
    // A name that is taken gives nothing away.
    await ask('/add_project/', payload(folder, 'ghosts'), ghost)
    expect((await ask('/create_api_user/', ghost)).status).toBe(409)
    expect(await owners(ask)).toContainEqual(['ghosts', 'ghost'])
  })
})

describe('the addresses of a project whose user is gone', () => {
  const PROBE = { url: 'http://127.0.0.1:1/lastupdate' }
  const PROJECT = { rsync_host: 'example.org', rsync_module: 'm' }

  it('reach no more under root than before, until a root changes the project', async () => {
    const { ask, addUser, context } = await startTestMaster()
    const tenant = await addUser('tenant', 'upstreamuser')
    const admin = await addUser('admin', 'root')
    const isOfRootOf = async (id: string) => {
      const project = await context.store.findProject(id)
      return project !== null && isOfRoot(context.store, project)
    }
    await ask('/add_project/', { project: 'theirs', ...PROJECT }, tenant)
    await ask('/add_project/', { project: 'admins', ...PROJECT }, admin)
    await ask('/remove_api_user/', { username: 'tenant' })
    await ask('/remove_api_user/', { username: 'admin' })
    expect([await isOfRootOf('theirs'), await isOfRootOf('admins')]).toEqual([false, true])
    expect((await ask('/list_projects/?id=theirs')).body).toMatchObject([{ owner: 'root' }])
    expect((await ask('/update_project/basic', { id: 'theirs', probe: PROBE })).status).toBe(200)
    expect(await isOfRootOf('theirs')).toBe(true)
  })
})

describe('roles', () => {
  const PROJECT = { project: 'p', rsync_host: 'example.org', rsync_module: 'm' }

  it('let an upstreamuser manage only its own projects, and a viewer none', async () => {
    const { ask, addUser, folder } = await startTestMaster()
    const [owner, other, viewer] = [
      await addUser('owner', 'upstreamuser'),
      await addUser('other', 'upstreamuser'),
      await addUser('viewer', 'viewer'),
    ]
    const payload = { ...PROJECT, dest: path.join(folder, 'mirror') }
    expect((await ask('/add_project/', payload, viewer)).body).toMatchObject({ error: { code: 'ROLE_FORBIDDEN' } })
    expect((await ask('/add_project/', payload, owner)).status).toBe(200)
    const changes: [string, unknown][] = [
      ['/update_project/basic/', { id: 'p', rsync_port: 874 }],
      ['/update_project/schedule/', { id: 'p', minute: 5 }],
      ['/disable_project/?id=p', undefined],
      ['/enable_project/?id=p', undefined],
    ]
    for (const [route, body] of changes) {
      expect((await ask(route, body, other)).body, route).toMatchObject({
        success: false,
        error: { code: 'NOT_OWNER' },
      })
      expect((await ask(route, body, viewer)).status, route).toBe(403)
      expect((await ask(route, body, owner)).status, route).toBe(200)
    }
    for (const login of [viewer, other])
      expect((await ask('/list_projects/', undefined, login)).body).toMatchObject([{ id: 'p', owner: 'owner' }])
    for (const route of ['/test/', '/list_users/']) expect((await ask(route, undefined, owner)).status).toBe(403)
    expect((await ask('/add_slave/', { hostname: 'x', port: 1 }, owner)).status).toBe(403)
    expect((await ask('/remove_project/', { id: 'p' }, other)).status).toBe(403)
    expect((await ask('/remove_project/', { id: 'p' }, owner)).status).toBe(200)
  })

  it('let only root copy devices, for whom it will', async () => {
    const { ask, addUser, folder } = await startTestMaster()
    const owner = await addUser('owner', 'upstreamuser')
    const payload = { ...PROJECT, dest: path.join(folder, 'mirror') }
    const devices = [['-D'], ['--devices'], ['-HD']].map((basic) => ({ basic, defaults: ['-rlt'] }))
    for (const options of devices)
      for (const field of ['rsync_options', 'fanout_options']) {
        const error = { code: 'ROLE_FORBIDDEN', field }
        expect((await ask('/add_project/', { ...payload, [field]: options }, owner)).body).toMatchObject({ error })
      }
    expect((await ask('/add_project/', { ...payload, rsync_options: { basic: ['--specials'] } }, owner)).status).toBe(
      200,
    )
    const update = (more: object, login?: typeof owner) => ask('/update_project/basic/', { id: 'p', ...more }, login)
    expect((await update({ rsync_options: devices[0] }, owner)).status).toBe(403)
    expect((await update({ rsync_options: devices[0] })).status).toBe(200)
    // A form sends what it shows.
    expect((await update({ delete_guard_percent: 9, rsync_options: devices[0] }, owner)).status).toBe(200)
    // Which devices come is up to the upstream.
    const source = { kind: 'git', url: 'https://git.example.org/p.git' }
    const others = [{ rsync_host: 'other.example.org' }, { rsync_module: 'other' }, { rsync_port: 874 }]
    const further = { upstreams: [{ rsync_host: 'other.example.org', rsync_module: 'm' }] }
    for (const other of [...others, further])
      expect((await update(other, owner)).body).toMatchObject({
        error: { code: 'ROLE_FORBIDDEN', field: 'rsync_options' },
      })
    expect((await update({ rsync_host: 'other.example.org', rsync_options: {} }, owner)).status).toBe(200)
    expect((await update({ source }, owner)).status).toBe(200)
  })

  it('let people change their own password and nothing more', async () => {
    const { ask, addUser } = await startTestMaster()
    const viewer = await addUser('viewer', 'viewer')
    expect((await ask('/update_api_user/', { username: 'viewer', role: 'root' }, viewer)).status).toBe(403)
    expect((await ask('/update_api_user/', { username: 'root', password: 'x' }, viewer)).status).toBe(403)
    expect((await ask('/update_api_user/', { username: 'viewer', password: 'x' }, viewer)).body).toMatchObject({
      success: true,
      role: 'viewer',
    })
    expect((await ask('/update_api_user/', { username: 'viewer' })).body).toMatchObject({
      error: { field: 'password' },
    })
    expect((await ask('/update_api_user/', { username: 'viewer', role: 'upstreamuser' })).body).toMatchObject({
      role: 'upstreamuser',
    })
    expect((await ask('/remove_api_user/', { username: 'root' })).body).toMatchObject({ error: { code: 'LAST_ROOT' } })
    expect((await ask('/create_api_user/', { username: 'viewer', password: 'x' })).status).toBe(409)
  })

  it('let only slaves send reports, and slaves do nothing else', async () => {
    const { ask } = await startTestMaster()
    const report = {
      run: 'x-1',
      slave_id: 's',
      project: 'p',
      state: 'succeeded',
      generation: 1,
      tag: null,
      method: null,
      drift: null,
      source: null,
      started_at: null,
      finished_at: '2026-01-01T00:00:00Z',
      exit_code: 0,
      summary: null,
      error: null,
      log: '',
    }
    expect((await ask('/slave_rsync_complete/', report)).status).toBe(401)
    expect((await ask('/slave_rsync_complete/', report, 'wrong')).status).toBe(401)
    const as = (id: string, direction: Direction) => ({ headers: logInOf(SLAVE_TOKEN, id, direction) })
    expect((await ask('/slave_rsync_complete/', report, as('s', 'to-master'))).body).toMatchObject({
      success: false,
      error: { code: 'RUN_NOT_FOUND' },
    })
    expect((await ask('/list_projects/', undefined, as('s', 'to-master'))).status).toBe(401)
    // The token itself is no log-in, nor is what the master sends to the slave, nor another slave's name.
    for (const wrong of [SLAVE_TOKEN, as('s', 'to-slave')])
      expect((await ask('/slave_rsync_complete/', report, wrong)).status).toBe(401)
    const renamed = { headers: { ...as('s', 'to-master').headers, 'mirrorfleet-slave': 't' } }
    expect((await ask('/slave_rsync_complete/', report, renamed)).status).toBe(401)
    expect((await ask('/slave_rsync_complete/', report, as('t', 'to-master'))).status).toBe(403)
  })
})

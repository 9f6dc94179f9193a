import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Direction } from '../../../shared/http/slave-log-in.ts'
import { cpuMs } from '../../helpers/cpu.ts'
import { basic, ROOT, SLAVE_TOKEN, startTestMaster, type TestMaster } from '../../helpers/master.ts'
import { logInOf } from '../../helpers/slave-log-in.ts'

describe('log-in', () => {
  it('is needed for everything except the health checks', async () => {
    const { ask } = await startTestMaster()
    for (const route of [
      '/list_projects/',
      '/list_slaves/',
      '/get_token/',
      '/test/',
      '/list_runs/',
      '/no_such_route/',
    ]) {
      const answer = await ask(route, undefined, null)
      expect(answer.status, route).toBe(route === '/no_such_route/' ? 404 : 401)
      if (answer.status === 401) {
        expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/)
        expect(answer.body).toMatchObject({ success: false, error: { code: 'NOT_AUTHENTICATED' } })
      }
    }
    expect((await ask('/update_project/schedule/', { id: 'x', minute: 1 }, null)).status).toBe(401)
    expect((await ask('/healthz', undefined, null)).body).toMatchObject({ status: 'ok' })
    expect((await ask('/readyz', undefined, null)).status).toBe(200)
  })

  it('refuses wrong passwords, unknown users and broken headers alike', async () => {
    const { ask, app } = await startTestMaster()
    for (const login of [
      { username: 'root', password: 'wrong' },
      { username: 'nobody', password: 'x' },
      'no-such-token',
    ]) {
      expect((await ask('/test/', undefined, login)).status).toBe(401)
    }
    for (const authorization of [
      'Basic',
      'Basic ???',
      'Bearer',
      'Digest x',
      `Basic ${Buffer.from('no-colon').toString('base64')}`,
    ]) {
      const answer = await app.inject({ url: '/test/', headers: { authorization } })
      expect(answer.statusCode, authorization).toBe(401)
      expect(answer.json().error.code).toBe('NOT_AUTHENTICATED')
    }
  })

  it('costs no hash when the same log-in was checked a moment ago', async () => {
    const { ask } = await startTestMaster()
    await ask('/test/')
    const time = await cpuMs(async () => {
      for (let number = 0; number < 50; number++) await ask('/test/')
    })
    // 50 argon2id hashes take more than a second.
    expect(time).toBeLessThan(500)
  })

  it('stores no password and no token, only their hashes', async () => {
    const { ask, folder } = await startTestMaster()
    const { token } = (await ask('/get_token/')).body
    const text = readFileSync(path.join(folder, 'store', 'cluster.json'), 'utf8')
    expect(text).toContain('$argon2id$')
    expect(text).toContain(createHash('sha256').update(token).digest('hex'))
    expect(text).not.toContain(ROOT.password)
    expect(text).not.toContain(token)
  })

  it.each([
    ['says so', { 'sec-fetch-site': 'cross-site' }],
    ['is on a neighbouring host', { 'sec-fetch-site': 'same-site' }],
    ['has another origin', { origin: 'http://evil.example' }],
    ['has another port', { origin: 'http://localhost:81' }],
    ['hides its origin', { origin: 'null' }],
    ['is only known as the referer', { referer: 'http://evil.example/page' }],
  ])('refuses changes that a web site requests which %s', async (_name, site) => {
    const { app } = await startTestMaster()
    const headers = { authorization: basic(ROOT), host: 'localhost', ...site }
    expect((await app.inject({ url: '/syncup/?id=x', headers })).json()).toMatchObject({
      error: { code: 'CROSS_SITE' },
    })
    expect((await app.inject({ url: '/disable_project/?id=x', headers })).statusCode).toBe(403)
    expect((await app.inject({ url: '/list_projects/', headers })).statusCode).toBe(200)
  })

  it.each([
    ['its own page', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8000' }],
    ['its own page behind a proxy', { 'sec-fetch-site': 'same-origin', origin: 'https://mirror.example' }],
    ['its own page over plain HTTP', { referer: 'http://localhost:8000/projects' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['a client that is no browser', {}],
  ])('takes changes from %s', async (_name, site) => {
    const { app } = await startTestMaster()
    const headers = { authorization: basic(ROOT), host: 'localhost:8000', ...site }
    expect((await app.inject({ url: '/syncup/?id=x', headers })).json()).toMatchObject({
      error: { code: 'PROJECT_NOT_FOUND' },
    })
  })
})

describe('tokens', () => {
  it('expire, can be listed and revoked, and cannot make tokens that live longer', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const { ask } = await startTestMaster({ TOKEN_TTL_S: '100', TOKEN_MAX_TTL_S: '200' }, () => now)
    const first = (await ask('/get_token/?ttl=150')).body
    expect(first.expires_at).toBe('2026-01-01T00:02:30.000Z')
    const second = (await ask('/get_token/?ttl=200', undefined, first.token)).body
    expect(second.expires_at).toBe(first.expires_at)
    expect((await ask('/get_token/?ttl=201')).body).toMatchObject({ error: { field: 'ttl' } })
    expect((await ask('/list_tokens/')).body).toHaveLength(2)
    expect((await ask('/revoke_token/', { token_id: second.token_id })).body).toMatchObject({ success: true })
    expect((await ask('/test/', undefined, second.token)).status).toBe(401)
    expect((await ask('/test/', undefined, first.token)).status).toBe(200)
    now += 150_000
    expect((await ask('/test/', undefined, first.token)).status).toBe(401)
    expect((await ask('/list_tokens/')).body).toEqual([])
  })

  it('end with their user and with a new password, and only their user may revoke them', async () => {
    const { ask, addUser } = await startTestMaster()
    const [alice, bob] = [await addUser('alice', 'viewer'), await addUser('bob', 'viewer')]
    const [a, b] = [(await ask('/get_token/', undefined, alice)).body, (await ask('/get_token/', undefined, bob)).body]
    expect((await ask('/revoke_token/', { token_id: b.token_id }, alice)).status).toBe(404)
    expect((await ask('/list_tokens/', undefined, alice)).body).toMatchObject([{ token_id: a.token_id }])
    await ask('/update_api_user/', { username: 'alice', password: 'another' }, alice)
    expect((await ask('/list_projects/', undefined, a.token)).status).toBe(401)
    expect((await ask('/list_projects/', undefined, alice)).status).toBe(401)
    await ask('/remove_api_user/', { username: 'bob' })
    expect((await ask('/list_projects/', undefined, b.token)).status).toBe(401)
  })
})

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
    expect((await update({ rsync_port: 874, rsync_options: devices[0] }, owner)).status).toBe(200)
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

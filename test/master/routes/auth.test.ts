import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { cpuMs } from '../../helpers/cpu.ts'
import { basic, ROOT, startTestMaster } from '../../helpers/master.ts'

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

  it('made with a password that changes meanwhile are of no use, sessions and further tokens neither', async () => {
    const { ask, addUser, context } = await startTestMaster()
    const { username, password } = await addUser('alice', 'viewer')
    const { users } = context
    const before = await users.checkPassword(username, password)
    if (before === null) throw new Error('not logged in')
    const byToken = await users.checkToken((await users.createToken(before, undefined)).token)
    await ask('/update_api_user/', { username, password: 'another' })
    const origin = { address: '192.0.2.1', agent: null }
    expect(await users.checkSession((await users.openSession(before, origin)).text)).toBeNull()
    for (const stale of [before, byToken ?? before]) {
      expect(await users.checkToken((await users.createToken(stale, undefined)).token)).toBeNull()
      expect(await users.checkToken((await users.createScopedToken(stale, { label: 'late' })).token)).toBeNull()
    }
    const after = await users.checkPassword(username, 'another')
    if (after === null) throw new Error('not logged in')
    expect(await users.checkToken((await users.createToken(after, undefined)).token)).toMatchObject({ username })
    expect(await users.checkSession((await users.openSession(after, origin)).text)).toMatchObject({ username })
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

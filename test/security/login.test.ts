import { describe, expect, it } from 'vitest'
import { createSecretBox } from '../../master/store/secret-box.ts'
import { networkOf } from '../../master/users/login-limits.ts'
import { countStatuses } from '../helpers/guesses.ts'
import { basic, ROOT, SLAVE_TOKEN, startTestMaster } from '../helpers/master.ts'
import { logInOf } from '../helpers/slave-log-in.ts'

describe('guessing passwords', () => {
  it('is slowed down by address, with how long to wait, and costs no hash then', async () => {
    const { app } = await startTestMaster()
    const tryAs = (username: string, password: string, remoteAddress: string) =>
      app.inject({ url: '/list_projects/', remoteAddress, headers: { authorization: basic({ username, password }) } })
    const statuses: number[] = []
    for (let time = 0; time < 25; time++) statuses.push((await tryAs(`user-${time}`, 'guess', '192.0.2.1')).statusCode)
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401))
    expect(statuses.at(-1)).toBe(429)
    const refused = await tryAs('root', ROOT.password, '192.0.2.1')
    expect(refused.json()).toMatchObject({ success: false, error: { code: 'TOO_MANY_LOGINS' } })
    const wait = Number(refused.headers['retry-after'])
    expect(wait).toBeGreaterThan(0)
    expect(refused.json().error.message).toBe(`Too many failed log-ins; wait ${wait} seconds.`)
    // Others are not held up.
    expect((await tryAs('root', ROOT.password, '192.0.2.2')).statusCode).toBe(200)
  })

  it('is slowed down by user too, but never locks out an owner who was here before', async () => {
    const { app } = await startTestMaster()
    const tryRoot = async (password: string, remoteAddress: string) =>
      (
        await app.inject({
          url: '/list_projects/',
          remoteAddress,
          headers: { authorization: basic({ username: 'root', password }) },
        })
      ).statusCode
    expect(await tryRoot(ROOT.password, '198.51.100.1')).toBe(200)
    for (let time = 0; time < 60; time++) await tryRoot('guess', `192.0.2.${time}`)
    expect(await tryRoot('guess', '192.0.2.200')).toBe(429)
    expect(await tryRoot(ROOT.password, '198.51.100.1')).toBe(200)
  })

  it('checks no more passwords than the limit when all are sent at once', async () => {
    const { app } = await startTestMaster()
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    expect(await countStatuses(url, (time) => ({ username: `user-${time}`, password: 'guess' }))).toEqual({
      401: 20,
      429: 180,
    })
  })

  it('is slowed down from an address where the user was before, too, but later', async () => {
    const { app } = await startTestMaster()
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    expect(await countStatuses(url, () => ROOT)).toEqual({ 200: 200 })
    const statuses = await countStatuses(url, (time) => ({ username: 'root', password: `guess ${time}` }))
    expect(statuses).toEqual({ 401: 100, 429: 100 })
    // Once it is that many, the right one is not tried either: its answer would tell which one it is.
    expect(await countStatuses(url, () => ROOT, 1)).toEqual({ 429: 1 })
  })

  it('holds up no slave at the same address, nor do slaves with a wrong token hold up people', async () => {
    const { app, context } = await startTestMaster()
    const { slave } = await context.slaves.add('localhost', 7000, null)
    for (let time = 0; time < 25; time++)
      await app.inject({ url: '/list_projects/', headers: { authorization: basic({ ...ROOT, password: 'guess' }) } })
    const headers = logInOf(SLAVE_TOKEN, slave.id, 'to-master')
    expect((await app.inject({ url: '/slave_generations/', headers })).statusCode).toBe(200)
    const other = await startTestMaster()
    const statuses: number[] = []
    for (let time = 0; time < 25; time++) {
      const headers = { authorization: 'Bearer wrong-token' }
      statuses.push((await other.app.inject({ url: '/slave_generations/', headers })).statusCode)
    }
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)])
    expect((await other.ask('/list_projects/')).status).toBe(200)
  })

  it('from IPv6 counts for the network, of which a guesser has all addresses', async () => {
    const { app } = await startTestMaster()
    const statuses: number[] = []
    for (let time = 0; time < 25; time++) {
      const headers = { authorization: basic({ username: 'nobody', password: 'guess' }) }
      const remoteAddress = `2001:db8::${time.toString(16)}:1`
      statuses.push((await app.inject({ url: '/list_projects/', remoteAddress, headers })).statusCode)
    }
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)])
  })

  it('does not hold up who has a token, whatever others at the address do; guesses at tokens it does', async () => {
    const { app, context } = await startTestMaster()
    const { token } = await context.users.createToken({ ...ROOT, role: 'root', expiresAt: null }, undefined)
    const tryToken = async (text: string) =>
      (await app.inject({ url: '/list_projects/', headers: { authorization: `Bearer ${text}` } })).statusCode
    const statuses: number[] = []
    for (let time = 0; time < 25; time++) statuses.push(await tryToken(`${time}`.padStart(43, 'x')))
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401))
    expect(statuses.slice(-5)).toEqual(Array(5).fill(429))
    expect(await tryToken(token)).toBe(200)
  })

  it('does not lock out an owner whose session or token is used from there, whoever guesses elsewhere', async () => {
    const { app, context } = await startTestMaster()
    const owner = { ...ROOT, role: 'root' as const, expiresAt: null }
    const { token } = await context.users.createToken(owner, undefined)
    const { text } = await context.users.openSession(owner, { address: '198.51.100.3', agent: null })
    const limited = await context.users.createScopedToken(owner, { scope: { projects: [], actions: ['sync'] } })
    const ask = async (remoteAddress: string, headers: Record<string, string>) =>
      (await app.inject({ url: '/list_projects/', remoteAddress, headers })).statusCode
    const right = { authorization: basic(ROOT) }
    for (let time = 0; time < 60; time++)
      await ask(`203.0.113.${time}`, { authorization: basic({ ...ROOT, password: 'guess' }) })
    expect(await ask('198.51.100.1', right)).toBe(429)
    expect(await ask('198.51.100.2', { authorization: `Bearer ${token}` })).toBe(200)
    expect(await ask('198.51.100.2', right)).toBe(200)
    expect(await ask('198.51.100.3', { cookie: `mirrorfleet_session=${text}` })).toBe(200)
    expect(await ask('198.51.100.3', right)).toBe(200)
    await ask('198.51.100.4', { authorization: `Bearer ${limited.token}` })
    expect(await ask('198.51.100.4', right)).toBe(429)
  })

  it('takes as long for a user that does not exist', async () => {
    const { context } = await startTestMaster()
    const time = async (username: string) => {
      const started = process.cpuUsage()
      await context.users.checkPassword(username, `wrong ${Math.random()}`)
      const { user, system } = process.cpuUsage(started)
      return user + system
    }
    await time('warm-up')
    // Of the processor, and in turn: whatever else the machine does is the same for both. The least is what the work itself costs.
    const times: Record<string, number[]> = { root: [], nobody: [] }
    for (let round = 0; round < 9; round++) for (const name of ['root', 'nobody']) times[name]?.push(await time(name))
    const [known, unknown] = [Math.min(...(times.root ?? [])), Math.min(...(times.nobody ?? []))]
    expect(unknown).toBeGreaterThan(known / 3)
    expect(unknown).toBeLessThan(known * 3)
  })
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:DB8::1', '2001:db8:0:0::'],
  ['fe80::1%eth0', 'fe80:0:0:0::'],
  ['::1', '0:0:0:0::'],
])('the network of %s is %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network)
})

describe('requests', () => {
  it('for a strange host are refused on loopback: a page elsewhere may have pointed its name here', async () => {
    const { app } = await startTestMaster()
    const ask = async (host: string) => (await app.inject({ url: '/healthz', headers: { host } })).statusCode
    expect(await ask('evil.example.org')).toBe(421)
    expect(await ask('evil.example.org:5000')).toBe(421)
    for (const host of ['localhost:5000', '127.0.0.1:5000', '[::1]:5000', 'localhost'])
      expect(await ask(host), host).toBe(200)
  })

  it('get headers that keep pages of others out, and pages all that there are', async () => {
    const { app } = await startTestMaster()
    for (const url of ['/healthz', '/list_projects/', '/no_such_route', '/']) {
      const { headers } = await app.inject(url)
      expect(headers['content-security-policy'], url).toContain("default-src 'none'")
      expect(headers['content-security-policy'], url).toContain("frame-ancestors 'none'")
      expect(headers['content-security-policy'], url).not.toContain('unsafe')
      expect(headers, url).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
      })
      // A browser takes it by TLS only.
      expect(headers['strict-transport-security'], url).toBeUndefined()
      expect(headers['set-cookie'], url).toBeUndefined()
    }
    for (const url of ['/', '/docs/'])
      expect((await app.inject(url)).headers, url).toMatchObject({
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      })
  })
})

describe('a client that asks for too much', () => {
  it('gets no further than the limits of headers and addresses, and of open streams', async () => {
    const { app, context } = await startTestMaster()
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    expect((await fetch(`${url}/healthz`, { headers: { 'x-long': 'x'.repeat(10_000) } })).status).toBe(431)
    expect((await fetch(`${url}/list_runs/?id=${'x'.repeat(10_000)}`)).status).toBe(431)
    const { token } = await context.users.createToken({ ...ROOT, role: 'root', expiresAt: null }, undefined)
    const headers = { authorization: `Bearer ${token}` }
    const ending = new AbortController()
    const open = () => fetch(`${url}/events/`, { headers, signal: ending.signal })
    const first = await open()
    expect([first.status, first.headers.get('cross-origin-resource-policy')]).toEqual([200, 'same-origin'])
    expect(first.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    for (let count = 1; count < 16; count++) expect((await open()).status).toBe(200)
    const refused = await open()
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ success: false, error: { code: 'TOO_MANY_READERS' } })
    ending.abort()
  })
})

describe('upstream passwords', () => {
  it('are sealed in the store and opened only with its key', async () => {
    const { ask, context, folder } = await startTestMaster()
    await ask('/add_project/', {
      project: 'p',
      rsync_host: 'example.org',
      rsync_module: 'm',
      dest: `${folder}/mirror`,
      rsync_password: 'sealed-secret',
    })
    const stored = await context.store.findProject('p')
    expect(stored?.rsync_password).toMatch(/^v1\./)
    expect(JSON.stringify(stored)).not.toContain('sealed-secret')
  })

  it('cannot be read with another key or after a change, and never look the same twice', () => {
    const box = createSecretBox('key number one')
    const sealed = box.seal('pässword')
    expect(box.open(sealed)).toBe('pässword')
    expect(box.seal('pässword')).not.toBe(sealed)
    expect(() => createSecretBox('key number two').open(sealed)).toThrow(/key has changed/)
    expect(() => box.open(`${sealed.slice(0, -2)}AA`)).toThrow()
    expect(() => box.open('plain text')).toThrow(/does not know/)
  })
})

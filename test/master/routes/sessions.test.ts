// The log-in of browsers: a cookie in place of a password, for pages alone.

import { describe, expect, it } from 'vitest'
import { PAGE_HEADER } from '../../../shared/api/page-header.ts'
import { basic, ROOT, startTestMaster, type TestMaster } from '../../helpers/master.ts'

/** Sends a request as a browser would, with a cookie and more headers. */
const send = async (
  { app }: TestMaster,
  method: 'GET' | 'HEAD' | 'POST',
  url: string,
  { cookie, body, ...headers }: { cookie?: string; body?: object } & Record<string, unknown> = {},
) =>
  app.inject({
    method,
    url,
    headers: { ...(cookie === undefined ? {} : { cookie }), ...(headers as Record<string, string>) },
    ...(body === undefined ? {} : { payload: body }),
  })

const logIn = async (master: TestMaster, login: object = ROOT, more: object = {}) => {
  const answer = await send(master, 'POST', '/log_in/', { body: login, ...more })
  const [header = ''] = [answer.headers['set-cookie'] ?? ''].flat()
  return { answer, header: String(header), cookie: String(header).split(';')[0] ?? '' }
}

describe('a session', () => {
  it('is opened by a password, used by its cookie, listed, and ended', async () => {
    const master = await startTestMaster()
    const { answer, header, cookie } = await logIn(master, ROOT, { 'user-agent': 'Mozilla/5.0 Firefox/140.0' })
    expect(answer.json()).toMatchObject({ method: 'log_in', success: true, username: 'root', role: 'root' })
    expect(header).toMatch(
      /^mirrorfleet_session=session_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/,
    )
    expect(answer.body).not.toContain(cookie.split('=')[1] ?? 'no cookie')
    const [mine] = (await send(master, 'GET', '/list_sessions/', { cookie })).json()
    expect(mine).toMatchObject({ username: 'root', role: 'root', current: true, agent: 'Mozilla/5.0 Firefox/140.0' })
    expect((await master.ask('/list_tokens/')).body).toEqual([])

    const second = await logIn(master)
    expect((await master.ask('/end_session/', { session_id: mine.session_id })).status).toBe(200)
    expect((await send(master, 'GET', '/list_projects/', { cookie })).statusCode).toBe(401)
    expect((await send(master, 'GET', '/list_projects/', { cookie: second.cookie })).statusCode).toBe(200)
    const out = await send(master, 'POST', '/log_out/', { cookie: second.cookie })
    expect(String(out.headers['set-cookie'])).toContain(
      'mirrorfleet_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    )
    expect((await send(master, 'GET', '/list_projects/', { cookie: second.cookie })).statusCode).toBe(401)
    expect((await master.ask('/list_sessions/')).body).toEqual([])
  })

  it('changes something by POST alone, and for no other site', async () => {
    const master = await startTestMaster()
    const { cookie } = await logIn(master)
    expect((await send(master, 'GET', '/get_token/', { cookie })).statusCode).toBe(401)
    expect((await send(master, 'GET', '/enable_project/?id=x', { cookie })).statusCode).toBe(401)
    expect((await send(master, 'HEAD', '/get_token/', { cookie })).statusCode).toBe(401)
    expect((await send(master, 'POST', '/enable_project/?id=x', { cookie })).statusCode).toBe(404)
    for (const foreign of [
      { origin: 'https://evil.example' },
      { referer: 'https://evil.example/x' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await send(master, 'POST', '/enable_project/?id=x', { cookie, ...foreign })).statusCode).toBe(403)
      expect((await send(master, 'POST', '/log_in/', { body: ROOT, ...foreign })).statusCode).toBe(403)
      expect((await send(master, 'POST', '/log_out/', { cookie, ...foreign })).statusCode).toBe(403)
    }
    expect((await send(master, 'GET', '/list_projects/', { cookie })).statusCode).toBe(200)
  })

  it('is no token, and a token is no session', async () => {
    const master = await startTestMaster()
    const { cookie } = await logIn(master)
    const text = cookie.split('=')[1] ?? ''
    expect((await master.ask('/list_projects/', undefined, text)).status).toBe(401)
    expect(
      (await send(master, 'GET', '/list_projects/', { authorization: basic({ username: text, password: 'x' }) }))
        .statusCode,
    ).toBe(401)
    const { token } = (await master.ask('/get_token/')).body
    expect((await send(master, 'GET', '/list_projects/', { cookie: `mirrorfleet_session=${token}` })).statusCode).toBe(
      401,
    )
    // What is given by hand counts, and the cookie does not.
    expect((await send(master, 'GET', '/list_projects/', { cookie, authorization: 'Bearer wrong' })).statusCode).toBe(
      401,
    )
  })

  it("is asked for by a page without a browser's own dialog, over plain HTTP too", async () => {
    const master = await startTestMaster()
    const challenge = async (more: Record<string, string>) =>
      (await send(master, 'GET', '/list_sessions/', more)).headers['www-authenticate']
    expect(await challenge({})).toMatch(/^Basic /)
    expect(await challenge({ [PAGE_HEADER]: 'page' })).toMatch(/^Bearer /)
    expect(await challenge({ 'sec-fetch-dest': 'empty' })).toMatch(/^Bearer /)
  })

  it('ends by its age, with a new password, and with its user', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const master = await startTestMaster({ SESSION_TTL_S: '60' }, () => now)
    const viewer = await master.addUser('viewer', 'viewer')
    const old = await logIn(master, viewer)
    now += 61_000
    expect((await send(master, 'GET', '/list_projects/', { cookie: old.cookie })).statusCode).toBe(401)
    const { cookie } = await logIn(master, viewer)
    await master.ask('/update_api_user/', { username: 'viewer', password: 'another' })
    expect((await send(master, 'GET', '/list_projects/', { cookie })).statusCode).toBe(401)
    const last = await logIn(master, { username: 'viewer', password: 'another' })
    await master.ask('/remove_api_user/', { username: 'viewer' })
    expect((await send(master, 'GET', '/list_projects/', { cookie: last.cookie })).statusCode).toBe(401)
  })

  it("is its user's own: others neither see nor end it", async () => {
    const master = await startTestMaster()
    const viewer = await master.addUser('viewer', 'viewer')
    await logIn(master)
    const { cookie } = await logIn(master, viewer)
    const mine = (await send(master, 'GET', '/list_sessions/', { cookie })).json()
    expect(mine.map(({ username }: { username: string }) => username)).toEqual(['viewer'])
    const all = (await master.ask('/list_sessions/')).body
    const foreign = all.find(({ username }: { username: string }) => username === 'root')
    const end = await send(master, 'POST', '/end_session/', { cookie, body: { session_id: foreign.session_id } })
    expect(end.statusCode).toBe(404)
    expect((await master.ask('/list_sessions/')).body).toHaveLength(2)
  })

  it('is not opened by a wrong password, which counts as a guess', async () => {
    const master = await startTestMaster()
    for (let tries = 0; tries < 20; tries++)
      expect((await logIn(master, { username: `u${tries}`, password: 'x' })).answer.statusCode).toBe(401)
    expect((await logIn(master, { username: 'x', password: 'x' })).answer.statusCode).toBe(429)
  })

  it('has a cookie for TLS alone where people come by TLS', async () => {
    const master = await startTestMaster({ MASTER_URL: 'https://mirror.example.org' })
    expect((await logIn(master)).header).toMatch(/; Secure$/)
  })
})

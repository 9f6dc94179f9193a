// Behind a real nginx: whose address is in the audit list and in the list of sessions, and who is kept from guessing.

import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/folder.ts'
import { basic, ROOT, startTestMaster } from '../helpers/master.ts'
import { startNginx } from '../helpers/nginx.ts'

/** Another address of this machine, as that of a client elsewhere. */
const CLIENT = '127.0.0.2'
const FORGED = '198.51.100.9'

/** Posts from CLIENT. */
function post(url: string, body: object, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body)
    const asked = request(url, {
      method: 'POST',
      localAddress: CLIENT,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
    })
    asked.on('error', reject).on('response', (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    asked.end(text)
  })
}

async function startBehindNginx(settings: Record<string, string>) {
  const master = await startTestMaster(settings)
  const direct = await master.app.listen({ host: '127.0.0.1', port: 0 })
  const nginx = await startNginx(
    temporaryFolder(),
    `proxy_pass ${direct}; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`,
  )
  const addUser = (by: string, username: string, headers: Record<string, string> = {}) =>
    post(new URL('/create_api_user', by).href, { username, password: 'x' }, { authorization: basic(ROOT), ...headers })
  const addressOf = async (username: string) => {
    const entries: { target: string; from: string }[] = (await master.ask('/audit/')).body
    return entries.find(({ target }) => target === username)?.from
  }
  return { ...master, direct, proxied: nginx.url, addUser, addressOf }
}

describe('a master behind a proxy that it trusts', () => {
  it('notes the address of the client, and never one that the client makes up', async () => {
    const { direct, proxied, addUser, addressOf, ask } = await startBehindNginx({ TRUSTED_PROXIES: '127.0.0.1' })
    expect(await addUser(proxied, 'plain')).toBe(200)
    expect(await addressOf('plain')).toBe(CLIENT)
    expect(await addUser(proxied, 'forged', { 'x-forwarded-for': FORGED })).toBe(200)
    expect(await addressOf('forged')).toBe(CLIENT)
    expect(await addUser(direct, 'past', { 'x-forwarded-for': FORGED })).toBe(200)
    expect(await addressOf('past')).toBe(CLIENT)
    expect(await post(`${proxied}log_in`, ROOT, { 'x-forwarded-for': FORGED })).toBe(200)
    expect((await ask('/list_sessions/')).body).toMatchObject([{ address: CLIENT }])
  })

  it('keeps the one who guesses from guessing, and nobody else behind the proxy', async () => {
    const { proxied } = await startBehindNginx({ TRUSTED_PROXIES: '127.0.0.1' })
    const guesses = []
    for (let time = 0; time < 25; time++)
      guesses.push(await post(`${proxied}log_in`, { username: `nobody${time}`, password: 'guess' }))
    expect(guesses.slice(0, 20)).toEqual(Array(20).fill(401))
    expect(guesses.slice(20)).toEqual(Array(5).fill(429))
    const other = await fetch(`${proxied}log_in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ROOT),
    })
    expect(other.status).toBe(200)
  })
})

describe('a master behind a proxy that nobody has told it of', () => {
  it('notes what it knows: the address of the proxy', async () => {
    const { direct, proxied, addUser, addressOf } = await startBehindNginx({})
    expect(await addUser(proxied, 'plain', { 'x-forwarded-for': FORGED })).toBe(200)
    expect(await addressOf('plain')).toBe('127.0.0.1')
    expect(await addUser(direct, 'past', { 'x-forwarded-for': FORGED })).toBe(200)
    expect(await addressOf('past')).toBe(CLIENT)
  })
})

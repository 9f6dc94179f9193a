import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createUrlProbe } from '../../../../../master/stages/upstream/probe/by-url.ts'
import { ProbeFailed } from '../../../../../master/stages/upstream/probe/reading.ts'
import { type AddressRule, createPublicRule } from '../../../../../shared/http/public-address.ts'
import type { ProbeValue } from '../../../../../shared/schemas/probe.ts'
import { startWebServer } from '../../../../helpers/web-server.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const LIMITS = { timeoutMs: 120_000, maxBytes: 1000, maxRedirects: 3 }
const OLD = 'Thu, 26 Nov 2026 00:00:00 GMT'
const DATE = 'Thu, 26 Nov 2026 01:00:00 GMT'
const anywhere: AddressRule = () => true

const start = async (answer: Answer, more: { limits?: object; rule?: AddressRule; path?: string } = {}) => {
  const server = await startWebServer(answer)
  const { signal } = new AbortController()
  const { limits = {}, rule = anywhere, path = '' } = more
  const read = createUrlProbe({ url: server.url + path, limits: { ...LIMITS, ...limits }, rule, signal })
  return { ...server, read }
}
const failure = async (read: (known: ProbeValue | null) => Promise<unknown>, known: ProbeValue | null = null) => {
  const error = await read(known).catch((problem: unknown) => problem)
  expect(error).toBeInstanceOf(ProbeFailed)
  return (error as Error).message
}

describe('a probe of a server with ETag', () => {
  it('asks on condition, and takes 304 for no change', async () => {
    let etag = '"one"'
    const { read, requests } = await start((request, response) => {
      response.setHeader('etag', etag).setHeader('last-modified', OLD)
      response.writeHead(request.headers['if-none-match'] === etag ? 304 : 200).end()
    })
    const first = await read(null)
    expect(first).toEqual({ value: { etag: '"one"', last_modified: OLD }, isSame: false })
    expect(requests[0]?.headers).not.toHaveProperty('if-none-match')
    const second = await read(first.value)
    expect(second).toEqual({ value: first.value, isSame: true })
    expect(requests[1]?.headers).toMatchObject({ 'if-none-match': '"one"', 'if-modified-since': OLD })
    etag = '"two"'
    expect(await read(first.value)).toEqual({ value: { etag, last_modified: OLD }, isSame: false })
  })

  it('costs a few hundred bytes', async () => {
    const { read, traffic } = await start((_request, response) => response.writeHead(304).end())
    await read({ etag: '"one"', last_modified: OLD })
    await expect.poll(() => traffic().sent).toBeGreaterThan(0)
    expect(traffic().received + traffic().sent).toBeLessThan(600)
  })

  it('compares it itself where the server ignores conditions, and reads no body for it', async () => {
    const { read } = await start((_request, response) => {
      // It never ends.
      response.writeHead(200, { etag: 'W/"one"' }).write('x'.repeat(5000))
    })
    const { value } = await read(null)
    expect(await read(value)).toMatchObject({ isSame: true })
    expect(await read({ etag: '"one"' })).toMatchObject({ isSame: false })
    expect(await read({ sha256: 'one' })).toMatchObject({ isSame: false })
  })
})

describe('a probe of a server with Last-Modified only', () => {
  it('asks on condition, and compares', async () => {
    let modified = OLD
    const { read, requests } = await start((request, response) => {
      response.setHeader('last-modified', modified).setHeader('date', DATE)
      response.writeHead(request.headers['if-modified-since'] === modified ? 304 : 200).end('x')
    })
    const { value } = await read(null)
    expect(value).toEqual({ last_modified: OLD })
    expect(await read(value)).toEqual({ value, isSame: true })
    expect(requests[1]?.headers).toMatchObject({ 'if-modified-since': OLD })
    modified = 'Thu, 26 Nov 2026 00:30:00 GMT'
    expect(await read(value)).toEqual({ value: { last_modified: modified }, isSame: false })
  })

  it('keeps nothing of a file that may change again in the same second', async () => {
    const { read } = await start((_request, response) => {
      response.writeHead(200, { 'last-modified': DATE, date: DATE }).end('x')
    })
    expect(await read(null)).toEqual({ value: null, isSame: false })
  })
})

describe('a probe of a server with neither', () => {
  it('compares the bytes', async () => {
    let text = 'one'
    const { read } = await start((_request, response) => response.writeHead(200).end(text))
    const { value } = await read(null)
    expect(await read(value)).toEqual({ value, isSame: true })
    text = 'two'
    expect(await read(value)).toMatchObject({ isSame: false })
  })

  it('reads no more than it may', async () => {
    const { read } = await start((_request, response) => {
      response.writeHead(200)
      const more = () => response.write('x'.repeat(500), () => response.destroyed || setImmediate(more))
      more()
    })
    expect(await failure(read)).toContain('more than 1000 bytes')
  })
})

describe('a probe fails', () => {
  it.each([404, 403, 500, 503, 204, 206, 304])('for an answer of %s', async (status) => {
    const { read } = await start((_request, response) => response.writeHead(status, { etag: '"one"' }).end())
    expect(await failure(read)).toBe(`it answered with status ${status}`)
  })

  it('when nobody listens, or the name is unknown', async () => {
    const at = (url: string) =>
      createUrlProbe({ url, limits: LIMITS, rule: anywhere, signal: new AbortController().signal })
    expect(await failure(at('http://127.0.0.1:9/'))).toBe('its server refuses connections')
    expect(await failure(at('http://no-such-host.invalid/'))).toMatch(/host name is unknown|cannot be reached/)
  })

  it('when the server breaks off', async () => {
    const { read } = await start((request) => request.socket.destroy())
    expect(await failure(read)).toContain('cannot be reached')
  })

  it.each([
    ['never answers', () => {}],
    ['never ends its answer', (response: ServerResponse) => response.writeHead(200).write('x')],
    [
      'drips',
      (response: ServerResponse) => {
        response.writeHead(200)
        const drip = setInterval(() => response.write('x'), 5)
        response.on('close', () => clearInterval(drip))
      },
    ],
  ])('when the server %s', async (_name, answer) => {
    const { read } = await start((_request, response) => void answer(response), { limits: { timeoutMs: 300 } })
    expect(await failure(read)).toBe('it did not answer within 0.3 seconds')
  })

  it('when redirects do not end, or lead to what is no web address', async () => {
    const loop = await start((_request, response) => response.writeHead(302, { location: '/lastupdate' }).end())
    expect(await failure(loop.read)).toBe('it redirects more than 3 times')
    expect(loop.requests).toHaveLength(4)
    for (const location of ['file:///etc/passwd', 'ftp://example.org/', 'http://', '']) {
      const odd = await start((_request, response) => response.writeHead(301, { location }).end())
      expect(await failure(odd.read), location).toBe('it redirects to what is no http(s) address')
    }
    const named = await start((_request, response) => response.writeHead(301, { location: 'http://a:b@x/' }).end())
    expect(await failure(named.read)).toBe('it redirects to an address with a log-in')
  })

  it('when it is stopped', async () => {
    const { url } = await startWebServer(() => stop.abort())
    const stop = new AbortController()
    const read = createUrlProbe({ url, limits: LIMITS, rule: anywhere, signal: stop.signal })
    expect(await failure(read)).toBe('stopped')
  })
})

describe('a probe that may reach public addresses only', () => {
  const rule = createPublicRule()

  it('does not connect to another, by number or by name', async () => {
    const { url, requests } = await startWebServer((_request, response) => response.end('secret'))
    const { signal } = new AbortController()
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]']) {
      const read = createUrlProbe({ url: url.replace('127.0.0.1', host), limits: LIMITS, rule, signal })
      expect(await failure(read), host).toContain('is not a public address')
    }
    expect(requests).toHaveLength(0)
  })

  it('judges the name by what it resolves to when it connects, also after a redirect', async () => {
    const target = await startWebServer((_request, response) => response.end('secret'))
    const { hostname: own, port } = new URL(target.url)
    // Only the first address of the way may be reached.
    const first = await startWebServer((_request, response) =>
      response.writeHead(302, { location: `http://[::1]:${port}/` }).end(),
    )
    const { signal } = new AbortController()
    const read = createUrlProbe({ url: first.url, limits: LIMITS, rule: (address) => address === own, signal })
    expect(await failure(read)).toContain('[::1] is not a public address')
    // A resolver gives any address for a name that no rule knows.
    const named = createUrlProbe({ url: `http://ip6-localhost.:${port}/`, limits: LIMITS, rule, signal })
    expect(await failure(named)).toMatch(/is not a public address|unknown/)
    expect(target.requests).toHaveLength(0)
  })

  it('follows redirects that it may', async () => {
    const { read, requests } = await start((request, response) => {
      if (request.url === '/lastupdate') response.writeHead(307, { location: 'elsewhere?x=1' }).end()
      else response.writeHead(200, { etag: '"there"' }).end()
    })
    expect(await read(null)).toMatchObject({ value: { etag: '"there"' } })
    expect(requests.map(({ url }) => url)).toEqual(['/lastupdate', '/elsewhere?x=1'])
  })
})

// What a slave says of the way to its master, with a real daemon's greeting and without.

import { createServer, type Server } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../../scripts/sample/until.ts'
import { askGreeting } from '../../../shared/rsync/greeting.ts'
import { createMasterLooks } from '../../../slave/services/master-looks.ts'
import { useOwnUpstreams } from '../../helpers/upstreams.ts'

const { startEmpty } = useOwnUpstreams()
const NOW = Date.parse('2026-11-27T12:00:00Z')

const listen = async (greet: Parameters<typeof createServer>[1]): Promise<number> => {
  const server: Server = createServer({}, greet)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const looksWith = (port: number, answer: () => Promise<{ status: number; body: unknown }>) => {
  const urls: string[] = []
  const looks = createMasterLooks({
    settings: { MASTER_URL: 'http://m:5000', MASTER_HOSTNAME: '127.0.0.1', MASTER_RSYNCD_PORT: port, SLAVE_ID: 's:1' },
    peer: {
      json: ({ url }) => {
        urls.push(url)
        return answer()
      },
    },
    logIn: { headersFor: () => ({ authorization: 'x' }) },
    now: () => NOW,
    onError: (error) => {
      throw error
    },
  })
  looks.start()
  onTestFinished(looks.stop)
  return { urls, said: () => until('a look', () => looks.last()) }
}

describe('a slave', () => {
  it('reaches the API and the rsyncd of its master', async () => {
    const { port } = await startEmpty()
    const { urls, said } = looksWith(port, async () => ({ status: 200, body: {} }))
    expect(await said()).toEqual({ at: '2026-11-27T12:00:00.000Z', url: 'http://m:5000', api: null, rsyncd: null })
    expect(urls).toEqual(['http://m:5000/slave_fleet/'])
  })

  it('says what is in the way, at no length', async () => {
    const port = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n'))
    const body = { error: { message: 'x'.repeat(10_000) } }
    const reach = await looksWith(port, async () => ({ status: 401, body })).said()
    expect(reach.api).toMatch(/^m:5000 refuses: x+…$/)
    expect(reach.api?.length).toBeLessThanOrEqual(300)
    expect(reach.rsyncd).toBe(`127.0.0.1:${port} answers, but is no rsync daemon`)
  })
})

describe('the greeting of an rsync daemon', () => {
  it('is missed where there is none', async () => {
    const mute = await listen((socket) => void socket.resume())
    expect(await askGreeting('127.0.0.1', mute, 50)).toBe('does not answer within 0.05 seconds')
    const closing = await listen((socket) => void socket.end())
    expect(await askGreeting('127.0.0.1', closing, 60_000)).toBe('ends the connection without a greeting')
    expect(await askGreeting('host.invalid', 873, 60_000)).toMatch(/unknown host name|cannot be reached/)
    const stopping = new AbortController()
    const asked = askGreeting('127.0.0.1', mute, 60_000, stopping.signal)
    stopping.abort()
    expect(await asked).toMatch(/cannot be reached/)
  })
})

// What the client sends, and what it makes of the answers.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeCertificates } from '../../../scripts/sample/certificates.ts'
import { createApiClient } from '../../../shared/api/client.ts'
import { ApiError, NoAnswerError } from '../../../shared/api/errors.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

/** A client of a server that answers all requests alike; `seen` is what it was sent. */
async function connectTo(status: number, answer: string) {
  const seen: object[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const { method, url, headers } = request
    seen.push({ method, url, authorization: headers.authorization, type: headers['content-type'], body })
    response.writeHead(status).end(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { api: createApiClient(url, () => 'Bearer t'), seen, url }
}

describe('a client', () => {
  it('sends a query in the address and a body as JSON, both with the log-in', async () => {
    const { api, seen } = await connectTo(200, '{}')
    await api.get('/list_slaves')
    await api.post('/syncup', { query: { id: 'a b', dry_run: true } })
    await api.post('/stop_run', { body: { run: 'r' } })
    const common = { authorization: 'Bearer t', type: undefined, body: '' }
    expect(seen).toEqual([
      { ...common, method: 'GET', url: '/list_slaves' },
      { ...common, method: 'POST', url: '/syncup?id=a+b&dry_run=true' },
      { ...common, method: 'POST', url: '/stop_run', type: 'application/json', body: '{"run":"r"}' },
    ])
  })

  it('returns the answer as JSON, or as it comes', async () => {
    const { api } = await connectTo(200, '[1]')
    expect(await api.get('/list_runs')).toEqual([1])
    expect(await (await api.open('/run_log', { query: { run: 'r' } })).text()).toBe('[1]')
  })

  it("throws a refusal with the master's own words", async () => {
    const problems = [
      { field: 'hour', message: 'hour: lies outside' },
      { field: 'minute', message: 'minute: is no number' },
    ]
    const error = { code: 'INVALID_INPUT', message: 'hour: lies outside', field: 'hour', problems }
    const { api } = await connectTo(400, JSON.stringify({ method: 'x', success: false, error }))
    for (const request of [api.get('/list_runs'), api.open('/events', { query: {} })])
      await expect(request).rejects.toEqual(new ApiError(400, error.code, error.message, problems))
  })

  it('says so when what answers is not a master', async () => {
    const { api, url } = await connectTo(200, '<html>')
    await expect(api.get('/list_runs')).rejects.toThrow(new NoAnswerError(`${url}/list_runs did not answer with JSON`))
    const broken = await connectTo(502, '<html>')
    await expect(broken.api.get('/list_runs')).rejects.toThrow('answered with status 502')
  })

  it('says so when nothing answers', async () => {
    const api = createApiClient('http://127.0.0.1:1', () => 'Bearer t')
    await expect(api.get('/list_runs')).rejects.toThrow(/cannot be reached \(.+\)\. Is the master running there\?/)
  })

  it('says how to trust the authority of a master when nothing here knows it', async () => {
    const { cert, key } = makeCertificates(temporaryFolder())
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `https://localhost:${(server.address() as AddressInfo).port}`
    await expect(createApiClient(url, () => 'Bearer t').get('/list_runs')).rejects.toThrow(
      /cannot be reached \(.+\)\. Set NODE_EXTRA_CA_CERTS to the file of the authority/,
    )
  })

  it('says so when one side speaks TLS and the other does not', async () => {
    const { cert, key } = makeCertificates(temporaryFolder())
    const secure = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }).listen(0, '127.0.0.1')
    await once(secure, 'listening')
    onTestFinished(() => void secure.close())
    const { port } = secure.address() as AddressInfo
    await expect(createApiClient(`http://127.0.0.1:${port}`, () => 'Bearer t').get('/list_runs')).rejects.toThrow(
      new NoAnswerError(
        `http://127.0.0.1:${port} ended the connection without an answer. If the master has TLS, use https://127.0.0.1:${port}.`,
      ),
    )
    const plain = await connectTo(200, '[]')
    const https = plain.url.replace('http:', 'https:')
    await expect(createApiClient(https, () => 'Bearer t').get('/list_runs')).rejects.toThrow(
      new NoAnswerError(`${https} does not speak TLS: nothing but http is served on this port. Use ${plain.url}.`),
    )
    // The log-in is not sent before there is TLS.
    expect(plain.seen).toEqual([])
  })

  it('has types that find a wrong path, a missing request and a wrong field', async () => {
    const { api } = await connectTo(200, '{}')
    // @ts-expect-error: the route takes GET alone
    await api.post('/list_slaves')
    // @ts-expect-error: the run is missing
    await api.get('/get_run')
    // @ts-expect-error: a misspelt field
    await api.post('/add_slave', { body: { hostname: 'a', prt: 7000 } })
    // @ts-expect-error: not a state of runs
    await api.get('/list_runs', { query: { state: 'up' } })
  })
})

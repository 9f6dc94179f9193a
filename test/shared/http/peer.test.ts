// Requests to other nodes that speak TLS where this one does not, and the other way round.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { makeCertificates } from '../../../scripts/sample/certificates.ts'
import { createPeer } from '../../../shared/http/peer.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const listen = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

it('says so when one node speaks TLS and the other does not', async () => {
  const { ca, cert, key } = makeCertificates(temporaryFolder())
  const plain = await listen(createServer((_request, response) => response.end('{}')))
  const secure = await listen(
    createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_request, response) => response.end('{}')),
  )
  const peer = createPeer({ ALLOW_PLAINTEXT: false, TLS_CA: ca })
  onTestFinished(() => peer.close())
  const ask = (url: string) => peer.json({ url, timeoutMs: 60_000 })
  expect(await ask(`https://localhost:${secure}/healthz`)).toEqual({ status: 200, body: {} })
  await expect(ask(`https://localhost:${plain}/healthz`)).rejects.toThrow(
    `localhost:${plain} does not speak TLS; either both nodes have TLS_CERT, TLS_KEY and TLS_CA, or neither has`,
  )
  await expect(ask(`http://localhost:${secure}/healthz`)).rejects.toThrow(
    `localhost:${secure} ended the connection without an answer; if it speaks TLS, this node needs`,
  )
  await expect(peer.bytes({ url: `https://localhost:${plain}/x`, timeoutMs: 60_000 })).rejects.toThrow('speak TLS')
})

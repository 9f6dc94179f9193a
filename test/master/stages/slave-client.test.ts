// What the master does with a slave that cannot take an order at the moment: real HTTP.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createSlaveClient } from '../../../master/stages/slave-client.ts'
import { createPeer } from '../../../shared/http/peer.ts'
import type { SyncFromMaster } from '../../../shared/schemas/messages.ts'
import { AT } from '../../helpers/stored.ts'

const ORDER: SyncFromMaster = {
  run: 'debian-k-1',
  slave_id: '127.0.0.1:7000',
  id: 'debian',
  project: 'debian',
  key: 'debian-k',
  generation: 1,
  tag: '0f1e2d3c4b5a6978',
  anchor: null,
  changes: null,
  source: 'debian',
  upstream: null,
  downstream_hosts: [],
  master: null,
  rsync_options: { basic: [], defaults: ['-a'], delete: '' },
  checksum: false,
  publish: 'in_place',
  published: null,
}

/** A slave whose answers have these statuses, one after the other. */
async function startSlave(statuses: number[]) {
  let asked = 0
  const server = createServer((_request, response) => {
    const status = statuses[asked++] ?? 500
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(status === 202 ? {} : { error: { message: `no ${asked}` } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const peer = createPeer({ ALLOW_PLAINTEXT: false })
  onTestFinished(async () => {
    await peer.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const client = createSlaveClient(peer, 'http', () => 'token')
  const slave = { id: `127.0.0.1:${port}`, hostname: '127.0.0.1', port, upstream: null, created_at: AT(0) }
  return {
    order: () => client.syncFromMaster(slave, ORDER),
    asked: () => asked,
  }
}

it('sends an order again that the slave cannot take at the moment', async () => {
  const { order, asked } = await startSlave([503, 202])
  await order()
  expect(asked()).toBe(2)
})

it('takes a refusal for what it is', async () => {
  const { order, asked } = await startSlave([403, 202])
  await expect(order()).rejects.toThrow('no 1')
  expect(asked()).toBe(1)
})

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

const refusal = (asked: number) => ({ error: { message: `no ${asked}` } })

/** A slave whose answers have these statuses, one after the other. */
async function startSlave(statuses: number[], answer: (asked: number) => object = refusal) {
  let asked = 0
  const server = createServer((_request, response) => {
    const status = statuses[asked++] ?? 500
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(status === 202 ? {} : answer(asked)))
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
    jobs: () => client.jobs(slave),
    health: async () => (await client.probe(slave)).health,
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

it('keeps no more of what a slave says than people can read', async () => {
  const { order } = await startSlave([500], () => ({ error: { message: `too long ${'\u{1f4e6}'.repeat(500_000)}` } }))
  const { message } = await order().then(
    () => new Error('taken'),
    (error: Error) => error,
  )
  expect(message).toMatch(/refused: too long \u{1f4e6}+…$/u)
  expect(message.length).toBeLessThan(1_100)
})

it('takes no tree whose tag is none', async () => {
  const tree = { project: 'debian', generation: 1, tag: '0f1e2d3c4b5a6978', drift: null }
  const say = (tag: string) => startSlave([200], () => ({ jobs: [], anchors: { 'debian-k': { ...tree, tag } } }))
  expect(await (await say(tree.tag)).jobs()).toMatchObject({ anchors: { 'debian-k': tree } })
  for (const tag of ['\0', 'f'.repeat(100_000), ''])
    await expect((await say(tag)).jobs()).rejects.toThrow('answered with something that is no list of jobs')
})

it('takes no health of any length', async () => {
  const health = { status: 'ok', version: '1.2.3', trees: '0f1e2d3c4b5a6978', rsyncd_port: null }
  const say = (more: object) => startSlave([200, 200], () => ({ ...health, ...more }))
  expect(await (await say({})).health()).toEqual(health)
  for (const field of ['version', 'trees'])
    expect(await (await say({ [field]: 'x'.repeat(100_000) })).health()).toBeNull()
})

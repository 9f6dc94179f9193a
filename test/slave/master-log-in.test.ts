// A slave between masters of this version and earlier ones: real HTTP, and a master that records what it is asked.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { loadSettings } from '../../settings.ts'
import { deriveBearer, deriveSlaveToken } from '../../shared/http/slave-log-in.ts'
import type { FleetNodes } from '../../shared/schemas/messages.ts'
import { buildApp } from '../../slave/app.ts'
import { createContext } from '../../slave/context.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { logInOf } from '../helpers/slave-log-in.ts'

const TOKEN = 'token-of-the-master'
const ID = 'localhost:7000'
const OLD = { authorization: `Bearer ${TOKEN}` }
const NEW = logInOf(TOKEN, ID, 'to-slave')
const TO_MASTER = `Bearer ${deriveBearer(deriveSlaveToken(TOKEN, ID), 'to-master')}`

interface Asked {
  route: string
  authorization: string | undefined
  slave: unknown
}

/** A master that takes every report, and answers /slave_fleet/ with `nodes`; null is one that has no such route. */
async function startMaster(nodes: (url: string) => FleetNodes | null = () => null) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const { authorization, host } = request.headers
    const route = request.url?.split('?')[0] ?? ''
    asked.push({ route, authorization, slave: request.headers['mirrorfleet-slave'] })
    const answer = route === '/slave_fleet/' ? nodes(`http://${host}`) : {}
    response.writeHead(answer === null ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close }
}

async function startSlave(folder: string, masterUrl: string, more: Record<string, string> = {}) {
  const env = {
    DATA_DIR: folder,
    SLAVE_DATA_DIR: path.join(folder, 'slave'),
    SLAVE_PUBLIC_DIR: path.join(folder, 'public'),
    MASTER_URL: masterUrl,
    MASTER_RSYNCD_PORT: '9',
    SLAVE_TOKEN: TOKEN,
    LOG_LEVEL: 'silent',
    ...more,
  }
  const context = await createContext(loadSettings(env, folder))
  const app = await buildApp(context)
  await context.start()
  const stop = async () => {
    await app.close()
    await context.stop()
  }
  onTestFinished(stop)
  const get = async (url: string, headers: Record<string, string>) => (await app.inject({ url, headers })).statusCode
  const order = async (change: object, headers: Record<string, string>) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/sync_from_master/',
      headers,
      payload: { ...ORDER, ...change },
    })
    return { status: answer.statusCode, code: answer.json().error?.code }
  }
  return { get, order, stop }
}

const ORDER = {
  run: 'p-k-1',
  slave_id: ID,
  id: 'p',
  project: 'p',
  key: 'p-k',
  generation: 1,
  tag: '0123456789abcdef',
  anchor: null,
  changes: null,
  source: 'p',
  upstream: null,
  downstream_hosts: [],
  checksum: false,
  publish: 'in_place',
  published: null,
  master: null,
  rsync_options: { basic: [], defaults: ['-a'], delete: '' },
}

describe('a slave that is newer than its master', () => {
  it('takes and sends the old log-in until its master uses the new one, and never again, not even after a restart', async () => {
    const folder = temporaryFolder()
    const master = await startMaster()
    const slave = await startSlave(folder, master.url)
    // Nothing shows yet that the master is old.
    expect(master.asked).toEqual([])
    expect(await slave.get('/jobs/', OLD)).toBe(200)
    expect(await slave.order({ run: 'p-k-1', master: OTHER }, OLD)).toMatchObject({ status: 202 })
    const ends = () => master.asked.filter(({ route }) => route === '/slave_rsync_complete/')
    await vi.waitFor(() => expect(ends()).toHaveLength(1), { timeout: 30_000, interval: 20 })
    expect(ends()).toEqual([{ route: '/slave_rsync_complete/', authorization: OLD.authorization, slave: undefined }])

    expect(await slave.get('/jobs/', NEW)).toBe(200)
    expect(await slave.get('/jobs/', OLD)).toBe(401)
    await slave.stop()

    const again = await startSlave(folder, master.url)
    expect(await again.get('/jobs/', OLD)).toBe(401)
    expect(await again.get('/healthz', OLD)).toBe(200)
    expect(await again.get('/jobs/', NEW)).toBe(200)
    expect(await again.order({ run: 'p-k-2' }, NEW)).toMatchObject({ status: 202 })
    await vi.waitFor(() => expect(ends()).toHaveLength(2), { timeout: 30_000, interval: 20 })
    const later = master.asked.slice(master.asked.indexOf(ends()[0] as Asked) + 1)
    for (const { authorization, slave: name } of later) expect([authorization, name]).toEqual([TO_MASTER, ID])
  })

  it('learns from the health check of an old master which log-in it sends', async () => {
    const folder = temporaryFolder()
    const master = await startMaster()
    const slave = await startSlave(folder, master.url, { SLAVE_ID: ID })
    expect(await slave.get('/healthz', {})).toBe(200)
    expect(await slave.get('/healthz', { authorization: 'Bearer wrong' })).toBe(200)
    expect(await slave.get('/jobs/', OLD)).toBe(200)
  })
})

const OTHER = { url: 'http://127.0.0.1:9', hostname: 'ftp9.example.org', rsyncd_port: 9 }

describe('an order', () => {
  it('names no master but the one of the settings and those that it lists', async () => {
    const folder = temporaryFolder()
    const second = await startMaster((url) => ({
      master: { url, hostname: '127.0.0.1', rsyncd_port: 9 },
      master_urls: [],
      slave_hosts: [],
    }))
    const stranger = await startMaster((url) => ({
      ...OTHER,
      master: { ...OTHER, url },
      master_urls: [url],
      slave_hosts: [],
    }))
    const own = await startMaster(() => ({
      master: null,
      master_urls: [own.url, second.url],
      slave_hosts: ['ftp2.example.org'],
    }))
    const slave = await startSlave(folder, own.url)
    const naming = (master: object) => slave.order({ run: `p-k-${++count}`, master }, NEW)
    let count = 0

    const refused = { status: 403, code: 'NODE_NOT_OF_FLEET' }
    expect(await naming({ ...OTHER, url: stranger.url })).toEqual(refused)
    expect(stranger.asked).toEqual([])
    // A master of the fleet, with an rsyncd that is not its own.
    expect(await naming({ url: second.url, hostname: 'evil.example.org', rsyncd_port: 9 })).toEqual(refused)
    expect(await naming({ url: own.url, hostname: 'evil.example.org', rsyncd_port: 9 })).toEqual(refused)
    const theirs = { url: second.url, hostname: '127.0.0.1', rsyncd_port: 9 }
    expect(await naming(theirs)).toMatchObject({ status: 202 })
    expect(await naming({ url: own.url, hostname: 'localhost', rsyncd_port: 9 })).toMatchObject({ status: 202 })
    // What is open to all is asked for without a log-in.
    const withLogIn = [...own.asked, ...second.asked].filter(({ route }) => route !== '/healthz')
    expect(new Set(withLogIn.map(({ authorization }) => authorization))).toEqual(new Set([TO_MASTER]))

    // What was learnt holds when the own master is away, after a restart too.
    await slave.stop()
    await own.close()
    const again = await startSlave(folder, own.url)
    expect(await again.order({ run: 'p-k-9', master: theirs }, NEW)).toMatchObject({ status: 202 })
    expect(await again.order({ run: 'p-k-10', master: { ...OTHER, url: stranger.url } }, NEW)).toEqual(refused)
    expect(stranger.asked).toEqual([])
  })

  it('names no slave to pull from but those of the fleet', async () => {
    const own = await startMaster(() => ({ master: null, master_urls: [own.url], slave_hosts: ['127.0.0.1'] }))
    const slave = await startSlave(temporaryFolder(), own.url)
    const pulling = (hostname: string, run: string) =>
      slave.order({ run, upstream: { hostname, port: 9, source: 'p' } }, NEW)
    expect(await pulling('evil.example.org', 'p-k-1')).toEqual({ status: 403, code: 'NODE_NOT_OF_FLEET' })
    expect(await pulling('127.0.0.1', 'p-k-2')).toMatchObject({ status: 202 })
  })
})

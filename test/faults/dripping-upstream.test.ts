// Upstreams that never come to the point, and those that are silent for a good reason.

import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startFleet } from '../../scripts/sample/fleet.ts'
import { startUpstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startHops } from '../helpers/hops.ts'
import { many } from '../helpers/unlucky.ts'

/** Listens, and ends with the test. Returns the port. */
const listen = async (serve: (socket: Socket) => void): Promise<number> => {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    onClose.push(() => socket.destroy())
    serve(socket)
  })
  const onClose: (() => void)[] = []
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const close of onClose) close()
  })
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** Is never silent for as long as rsync waits. */
const drip = (socket: Socket, text: string): void => {
  const timer = setInterval(() => socket.write(text), 200)
  socket.on('close', () => clearInterval(timer))
}
const dripGreeting = (socket: Socket) => drip(socket, '@')
const dripMessage = (socket: Socket): void => {
  socket.write('@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n')
  drip(socket, 'Welcome to this mirror.\n')
}

/** A relay to an upstream that goes silent when the client has asked for the list of files, for so long. */
const relaySilently = (to: number, silenceMs: () => number) => (socket: Socket) => {
  const upstream = connect(to, '127.0.0.1')
  upstream.on('error', () => {})
  let [asked, isSilent] = ['', false]
  socket.on('data', (chunk: Buffer) => {
    asked += chunk.toString('latin1')
    // One of our own filters, which come last before the list.
    if (!isSilent && asked.includes('.~tmp~')) {
      isSilent = true
      upstream.pause()
      void sleep(silenceMs(), undefined, { ref: false }).then(() => upstream.resume())
    }
    upstream.write(chunk)
  })
  upstream.on('data', (chunk: Buffer) => void socket.write(chunk))
  upstream.on('close', () => socket.end())
  socket.on('close', () => upstream.destroy())
}

describe('an upstream that drips', () => {
  it('gives its turn back after RSYNC_IO_TIMEOUT_S, and others are synced', async () => {
    const root = temporaryFolder()
    const upstream = await startUpstream({ root: `${root}/upstream` })
    many(upstream.folder, 3)
    const settings = { RSYNC_IO_TIMEOUT_S: '5', RETRY_LIMIT: '0', MAX_CONCURRENT_SYNCS: '2' }
    const fleet = await startFleet({ root, slaves: 0, settings })
    onTestFinished(async () => {
      await fleet.stop()
      await upstream.stop()
    })
    const { api, destRoot: dest } = fleet
    const ports = { greeting: await listen(dripGreeting), message: await listen(dripMessage), fine: upstream.port }
    for (const [project, rsync_port] of Object.entries(ports)) {
      const from = { rsync_host: '127.0.0.1', rsync_port, rsync_module: upstream.module }
      await api.ask('/add_project/', { project, dest, ...from })
    }
    const runs = await Promise.all(['greeting', 'message', 'fine'].map((id) => api.sync(id)))
    const error = expect.stringMatching(/did not begin the transfer within 5 seconds/)
    expect(runs).toMatchObject([
      { state: 'failed', upstream: { exit_code: 30, error } },
      { state: 'failed', upstream: { exit_code: 30, error } },
      { state: 'succeeded' },
    ])
  })
})

describe('an upstream that is silent for longer than RSYNC_IO_TIMEOUT_S', () => {
  it('is given up, but not while contents are compared, which is silent work', async () => {
    const hops = await startHops({ settings: { RSYNC_IO_TIMEOUT_S: '5' } })
    many(hops.upstream, 3)
    let silenceMs = 0
    const relay = relaySilently(hops.project().rsync_port, () => silenceMs)
    hops.set({ rsync_port: await listen(relay) })
    expect((await hops.pull()).error).toBeNull()
    silenceMs = 60_000
    expect(await hops.pull()).toMatchObject({ outcome: 'retry', exitCode: 30 })
    silenceMs = 12_000
    expect(await hops.pull({ mode: 'full' })).toMatchObject({ code: null, error: null })
  })
})

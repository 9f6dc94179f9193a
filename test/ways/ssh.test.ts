// rsync over ssh to an upstream: a real sshd that starts an rsync daemon for one key.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createContext } from '../../master/context.ts'
import { loadSettings } from '../../settings.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startHops } from '../helpers/hops.ts'
import { ROOT, SLAVE_TOKEN } from '../helpers/master.ts'
import { makeKey, startSshd } from '../helpers/sshd.ts'

const GOOD = { code: null, summary: { added: 1 } }

async function start() {
  const root = temporaryFolder()
  const hops = await startHops({ root })
  writeFileSync(path.join(hops.upstream, 'file'), 'text')
  const server = await startSshd(hops.upstream)
  hops.set(server.fields)
  const keys = path.join(root, 'data', 'ssh-keys')
  return { hops, server, left: () => (existsSync(keys) ? readdirSync(keys) : []) }
}

it('a tree comes over ssh, from an address; the key is in no log, and gone afterwards', async () => {
  const { hops, server, left } = await start()
  expect(await hops.pull()).toMatchObject(GOOD)
  writeFileSync(path.join(hops.upstream, 'second'), 'text')
  // The looks before a pull go the same way.
  const rsync_options = { basic: ['--contimeout=60'], defaults: ['-aH'], delete: '--delete' }
  hops.set({ address: '127.0.0.3', wait_for: ['busy'], rsync_options })
  expect(await hops.pull()).toMatchObject(GOOD)
  expect(server.output()).toContain('from 127.0.0.3')
  expect(hops.log()).not.toContain('could not be asked')
  writeFileSync(path.join(hops.upstream, 'busy'), '')
  expect((await hops.pull()).error).toMatch(/is being updated/)
  const secret = server.fields.ssh_key.split('\n')[1] ?? ''
  expect(secret.length).toBeGreaterThan(60)
  expect(hops.log()).not.toContain(secret)
  expect(left()).toEqual([])
})

it('an upstream whose host key has changed is refused in words', async () => {
  const { hops, left } = await start()
  hops.set({ ssh_known_host: makeKey(temporaryFolder(), 'other').known })
  const { code, error } = await hops.pull()
  expect(code).toBe('UPSTREAM_FAILED')
  expect(error).toMatch(/^the host key of the upstream is not the one in ssh_known_host/)
  expect(left()).toEqual([])
})

it('so is a key that the upstream does not know, and one that is none', async () => {
  const { hops } = await start()
  hops.set({ ssh_key: makeKey(temporaryFolder(), 'other').key })
  expect((await hops.pull()).error).toMatch(/^the upstream refuses the log-in by ssh_key/)
  hops.set({ ssh_key: 'no key\n' })
  expect((await hops.pull()).error).toMatch(/^ssh_key cannot be read/)
})

it('an upstream where nobody listens is told of', async () => {
  const { hops } = await start()
  hops.set({ rsync_port: 1 })
  expect((await hops.pull()).error).toMatch(/^there is no connection by ssh: connect to host 127.0.0.1 port 1/)
})

it('a master that starts clears away the keys that one before it left when it was killed', async () => {
  const root = temporaryFolder()
  const left = path.join(root, 'ssh-keys', 'key-x')
  mkdirSync(left, { recursive: true })
  writeFileSync(path.join(left, 'key'), 'a key')
  const daemon = { MASTER_RSYNCD: 'external', MASTER_RSYNCD_PASSWORD: 'password of the daemon' }
  const settings = { DATA_DIR: root, ROOT_PASS: ROOT.password, SLAVE_TOKEN, LOG_LEVEL: 'silent', ...daemon }
  const context = await createContext(loadSettings(settings, root))
  onTestFinished(async () => {
    await context.quiesce()
    await context.stop()
  })
  await context.start()
  expect(existsSync(path.join(root, 'ssh-keys'))).toBe(false)
})

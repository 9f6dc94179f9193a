// A look at an upstream before it is added: real rsync daemons, and a real git server.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { useTestMaster } from '../helpers/master.ts'
import { PASSWORD, startPages, startWebdav } from '../helpers/rclone-servers.ts'
import { useOwnUpstreams } from '../helpers/upstreams.ts'

const master = useTestMaster()
const { startEmpty } = useOwnUpstreams()
const look = async (body: object, login?: Parameters<typeof master.ask>[2]) =>
  (await master.ask('/test_upstream/', body, login)).body

it('lists modules, and the entries of one, with the layout that they look like', async () => {
  const upstream = await startEmpty()
  for (const folder of ['dists', 'pool']) mkdirSync(path.join(upstream.folder, folder))
  writeFileSync(path.join(upstream.folder, 'a file'), 'text')
  const at = { rsync_host: '127.0.0.1', rsync_port: upstream.port }
  expect(await look(at)).toMatchObject({ success: true, reachable: true, modules: [upstream.module], entries: null })
  const seen = await look({ ...at, rsync_module: upstream.module })
  expect(seen).toMatchObject({ reachable: true, modules: null, layout: 'debian', probe: 'auto', error: null })
  expect(seen.entries).toEqual([
    { name: 'a file', kind: 'file' },
    { name: 'dists', kind: 'folder' },
    { name: 'pool', kind: 'folder' },
  ])
})

it('lists what rclone finds at the top, or says why not', async () => {
  const folder = temporaryFolder()
  for (const name of ['dists', 'pool']) mkdirSync(path.join(folder, name))
  writeFileSync(path.join(folder, 'a file'), 'text')
  const entries = [
    { name: 'a file', kind: 'file' },
    { name: 'dists', kind: 'folder' },
    { name: 'pool', kind: 'folder' },
  ]
  const pages = await startPages(folder)
  expect(await look({ source: pages })).toMatchObject({ reachable: true, entries, layout: 'debian', probe: null })
  const missing = await look({ source: { ...pages, path: 'nothing' } })
  expect(missing).toMatchObject({ reachable: false, error: { message: expect.stringContaining('not found') } })
  const webdav = await startWebdav(folder)
  expect(await look({ source: webdav })).toMatchObject({ reachable: true, entries, layout: 'debian' })
  const refused = await look({ source: { ...webdav, secrets: { pass: 'another word' } } })
  expect(refused).toMatchObject({ reachable: false, error: { message: expect.stringContaining('401') } })
  expect(JSON.stringify([refused, missing])).not.toMatch(`${PASSWORD}|another word`)
})

it('says why there is nothing to see, and never the password', async () => {
  const upstream = await startEmpty({ user: 'me', password: 'right' })
  const at = { rsync_host: '127.0.0.1', rsync_port: upstream.port, rsync_module: upstream.module, rsync_user: 'me' }
  expect(await look({ ...at, rsync_password: 'right' })).toMatchObject({
    reachable: true,
    entries: [],
    layout: 'plain',
    probe: null,
  })
  const wrong = await look({ ...at, rsync_password: 'not this' })
  expect(wrong).toMatchObject({ reachable: false, entries: null, error: { code: 'UPSTREAM_FAILED' } })
  expect(wrong.error.message).toMatch(/auth failed/)
  expect(JSON.stringify(wrong)).not.toContain('not this')
  expect((await look({ ...at, rsync_module: 'nothing' })).error.message).toMatch(/Unknown module/)
  const [port] = await findFreePorts(1)
  expect((await look({ rsync_host: '127.0.0.1', rsync_port: port })).error.message).toMatch(/Connection refused/)
})

it('asks for a project with the password that is stored for it, and for who manages it only', async () => {
  const [upstream, other] = [await startEmpty({ user: 'me', password: 'right' }), await startEmpty()]
  const at = { rsync_host: '127.0.0.1', rsync_port: upstream.port, rsync_module: upstream.module, rsync_user: 'me' }
  const alice = await master.addUser('alice', 'upstreamuser')
  const bob = await master.addUser('bob', 'upstreamuser')
  const upstreams = [
    { ...at, rsync_password: 'wrong' },
    { rsync_host: '127.0.0.1', rsync_port: other.port, rsync_module: other.module },
  ]
  const project = { project: 'asked', ...at, rsync_password: 'right', upstreams }
  expect((await master.ask('/add_project/', project, alice)).status).toBe(200)
  expect(await look({ id: 'asked' }, alice)).toMatchObject({ reachable: true, entries: [], error: null })
  expect((await look({ id: 'asked', upstream: 2 }, alice)).error.message).toMatch(/auth failed/)
  expect(await look({ id: 'asked', upstream: 3 }, alice)).toMatchObject({ reachable: true, error: null })
  expect(await look({ id: 'asked', upstream: 4 }, alice)).toMatchObject({ error: { field: 'upstream' } })
  expect(await look({ id: 'asked' }, bob)).toMatchObject({ success: false, error: { code: 'NOT_OWNER' } })
  // The password would go to whatever host is named.
  expect(await look({ id: 'asked', rsync_host: '127.0.0.2' }, alice)).toMatchObject({
    success: false,
    error: { code: 'INVALID_INPUT', field: 'rsync_host' },
  })
  expect(await look({ upstream: 1, ...at })).toMatchObject({ error: { field: 'upstream' } })
  await master.ask('/add_project/', { project: 'folder', source: { kind: 'folder' } })
  expect(await look({ id: 'folder' })).toMatchObject({ success: false, error: { field: 'id' } })
})

it.each([
  ['no host', {}, 'rsync_host'],
  ['a host that is none', { rsync_host: 'a b' }, 'rsync_host'],
  ['a module that climbs', { rsync_host: 'h', rsync_module: '../x' }, 'rsync_module'],
  ['a source without an upstream', { source: { kind: 'folder' } }, 'source.kind'],
  ['a remote that is this machine', { source: { kind: 'rclone', remote: { type: 'local' } } }, 'source.remote.type'],
  [
    'a secret that is kept',
    { source: { kind: 'rclone', remote: { type: 'ftp', host: 'h' }, secrets: { pass: null } } },
    'source.secrets.pass',
  ],
  ['a git of this machine', { source: { kind: 'git', url: 'file:///etc' } }, 'source.url'],
])('refuses %s', async (_name, body, field) => {
  expect(await look(body)).toMatchObject({ success: false, error: { code: 'INVALID_INPUT', field } })
})

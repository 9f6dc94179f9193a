// The fields of a project that say how its upstreams are reached, and who may set them.

import { expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/folder.ts'
import { useTestMaster } from '../../helpers/master.ts'
import { makeKey } from '../../helpers/sshd.ts'

const master = useTestMaster()
const fields = { rsync_host: 'ftp.example.org', rsync_module: 'm' }

it('the address and the proxy are stored, shown and taken away', async () => {
  const { ask } = master
  const refused = await ask('/add_project/', { project: 'bad', ...fields, address: 'here', proxy: 'host:0' })
  expect(refused.body).toMatchObject({ success: false, error: { field: 'address' } })
  expect(JSON.stringify(refused.body)).toContain('proxy')
  const given = { address: '192.0.2.7', proxy: 'proxy.example.org:3128' }
  expect((await ask('/add_project/', { project: 'one', ...fields, ...given })).status).toBe(200)
  const show = async () => (await ask('/list_projects/?id=one')).body[0]
  expect(await show()).toMatchObject(given)
  await ask('/update_project/basic/', { id: 'one', address: null, proxy: null })
  expect(await show()).toMatchObject({ address: null, proxy: null })
})

it('only root names a proxy, and the upstreams of a project that has one', async () => {
  const user = await master.addUser('somebody', 'upstreamuser')
  const proxy = 'proxy.example.org:3128'
  const add = await master.ask('/add_project/', { project: 'theirs', ...fields, proxy }, user)
  expect(add.body).toMatchObject({ success: false, error: { field: 'proxy' } })
  const ours = await master.ask('/add_project/', { project: 'theirs', ...fields, address: '192.0.2.7' }, user)
  expect(ours.body).toMatchObject({ success: true })
  const change = (body: object, by?: typeof user) =>
    master.ask('/update_project/basic/', { id: 'theirs', ...body }, by).then(({ body }) => body)
  expect(await change({ proxy }, user)).toMatchObject({ success: false, error: { field: 'proxy' } })
  expect(await change({ proxy })).toMatchObject({ success: true })
  expect(await change({ retry_limit: 3 }, user)).toMatchObject({ success: true })
  for (const place of [{ rsync_host: '10.0.0.1' }, { rsync_port: 22 }, { upstreams: [{ ...fields, rsync_port: 1 }] }])
    expect(await change(place, user)).toMatchObject({ success: false, error: { field: 'proxy' } })
  expect(await change({ proxy: null, rsync_host: '192.0.2.9' }, user)).toMatchObject({ success: true })
})

it('a folder is reached without either, and rsync_options point to the field', async () => {
  const folder = { project: 'folder', source: { kind: 'folder' }, address: '192.0.2.7' }
  expect((await master.ask('/add_project/', folder)).body).toMatchObject({ error: { field: 'address' } })
  const rsync_options = { basic: ['--address=192.0.2.7'] }
  const { body } = await master.ask('/add_project/', { project: 'two', ...fields, rsync_options })
  expect(body.error.message).toContain('the field `address`')
})

it('another transport brings its usual port, unless the port was chosen', async () => {
  const { ask } = master
  const show = async (id: string) => (await ask(`/list_projects/?id=${id}`)).body[0]
  const change = (body: object) => ask('/update_project/basic/', { id: 'moved', ...body })
  await ask('/add_project/', { project: 'moved', ...fields })
  expect(await show('moved')).toMatchObject({ transport: 'rsync', rsync_port: 873 })
  await change({ transport: 'tls', upstreams: [fields] })
  expect(await show('moved')).toMatchObject({ transport: 'tls', rsync_port: 874, upstreams: [{ rsync_port: 874 }] })
  await change({ rsync_port: 9999 })
  await change({ transport: 'rsync' })
  expect(await show('moved')).toMatchObject({ transport: 'rsync', rsync_port: 9999 })
  await ask('/add_project/', { project: 'over-tls', ...fields, transport: 'tls' })
  expect(await show('over-tls')).toMatchObject({ transport: 'tls', rsync_port: 874 })
  const unknown = await ask('/add_project/', { project: 'three', ...fields, transport: 'ssl' })
  expect(unknown.body.error).toMatchObject({ field: 'transport' })
})

it('ssh needs a user, a key and a host key, and the key is never shown', async () => {
  const { ask } = master
  const { key, known } = makeKey(temporaryFolder(), 'own')
  const bare = await ask('/add_project/', { project: 'over-ssh', ...fields, transport: 'ssh', upstreams: [fields] })
  expect(bare.body.success).toBe(false)
  for (const field of ['rsync_user', 'ssh_key', 'ssh_known_host', 'upstreams'])
    expect(JSON.stringify(bare.body)).toContain(`"${field}"`)
  const whole = { project: 'over-ssh', ...fields, transport: 'ssh', rsync_user: 'mirror', ssh_known_host: known }
  const wrong = await ask('/add_project/', { ...whole, ssh_key: 'not-a-key-but-secret' })
  expect(wrong.body.error).toMatchObject({ field: 'ssh_key' })
  expect(JSON.stringify(wrong.body)).not.toContain('but-secret')
  const added = await ask('/add_project/', { ...whole, ssh_key: key })
  expect(added.body).toMatchObject({ success: true })
  const { body } = await ask('/list_projects/?id=over-ssh')
  expect(body[0]).toMatchObject({ has_ssh_key: true, ssh_known_host: known, rsync_port: 22, transport: 'ssh' })
  const secret = key.split('\n')[1] ?? ''
  const stored = await master.context.store.findProject('over-ssh')
  expect(stored?.ssh_key).toMatch(/^v1\./)
  expect(JSON.stringify([body, added.body, stored, (await ask('/list_audit/')).body])).not.toContain(secret)
  const removed = await ask('/update_project/basic/', { id: 'over-ssh', ssh_key: null })
  expect(removed.body).toMatchObject({ success: false, error: { field: 'ssh_key' } })
  await ask('/update_project/basic/', { id: 'over-ssh', ssh_key: null, transport: 'rsync' })
  expect((await ask('/list_projects/?id=over-ssh')).body[0]).toMatchObject({ has_ssh_key: false, rsync_port: 873 })
})

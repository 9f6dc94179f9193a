// What requests say of a project's source, and what becomes of it.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectPayload, useTestMaster } from '../../helpers/master.ts'

const master = useTestMaster({ COMMANDS_DIR: '/usr/bin' })
const root = () => path.join(master.folder, 'mirror')
const show = async (id: string) => (await master.ask(`/list_projects/?id=${id}`)).body[0]

describe('the source of a project', () => {
  it('is rsync unless given, and dest is DEST_ROOT', async () => {
    const { dest: _dest, ...payload } = projectPayload(master, { project: 'plain' })
    expect(await master.ask('/add_project/', payload)).toMatchObject({ status: 200 })
    expect(await show('plain')).toMatchObject({ source: { kind: 'rsync' }, dest: root() })
  })

  it.each([
    [{ source: { kind: 'nothing' } }, 'source'],
    [{ source: {} }, 'source.kind'],
    [{ source: { kind: 'folder', path: '/etc' } }, 'source.path'],
    [{ source: { kind: 'folder' }, rsync_host: 'rsync.example.org' }, 'rsync_host'],
    [{ source: { kind: 'folder' }, rsync_password: 'secret' }, 'rsync_password'],
    [{ source: { kind: 'folder' }, rsync_options: { basic: ['-z'] } }, 'rsync_options'],
    [{ source: { kind: 'folder' }, tolerated_exit_codes: [23] }, 'tolerated_exit_codes'],
    [{ source: { kind: 'folder' }, probe: { file: 'lastupdate' } }, 'probe.file'],
    [{ source: { kind: 'rsync' }, rsync_module: 'm' }, 'rsync_host'],
    [{ rsync_host: 'rsync.example.org' }, 'rsync_module'],
    [{ source: { kind: 'command' } }, 'source.command'],
    [{ source: { kind: 'command', command: '../sh' } }, 'source.command'],
    [{ source: { kind: 'command', command: 'there-is-none' } }, 'source.command'],
    [{ source: { kind: 'command', command: 'dash', args: ['a\nb'] } }, 'source.args.0'],
    [{ source: { kind: 'command', command: 'dash', env: { LD_PRELOAD: 'x' } } }, 'source.env.LD_PRELOAD'],
    [{ source: { kind: 'command', command: 'dash', exit_codes: { retry: [0] } } }, 'source.exit_codes.retry.0'],
    [{ source: { kind: 'git' } }, 'source.url'],
    [{ source: { kind: 'git', url: 'https://example.org/r.git', form: 'half' } }, 'source.form'],
    [{ source: { kind: 'git', url: 'https://example.org/r.git', refs: [] } }, 'source.refs'],
    [{ source: { kind: 'git', url: 'https://example.org/r.git', refs: ['main'] } }, 'source.refs.0'],
    [{ source: { kind: 'git', url: 'https://example.org/r.git', refs: ['refs/heads/../x'] } }, 'source.refs.0'],
    [{ source: { kind: 'git', url: 'https://example.org/r.git' }, rsync_module: 'm' }, 'rsync_module'],
    [{ source: { kind: 'rclone' } }, 'source.remote'],
    [{ source: { kind: 'rclone', remote: { type: 'local' }, path: '/etc' } }, 'source.remote.type'],
    [{ source: { kind: 'rclone', remote: { type: 'http', url: 'file:///etc' } } }, 'source.remote.url'],
    [{ source: { kind: 'rclone', remote: { type: 'http', url: 'https://a:b@example.org/' } } }, 'source.remote.url'],
    [
      { source: { kind: 'rclone', remote: { type: 'http', url: 'https://example.org/' }, path: '../x' } },
      'source.path',
    ],
    [
      { source: { kind: 'rclone', remote: { type: 'http', url: 'https://example.org/', user: 'me' } } },
      'source.remote.user',
    ],
    [{ source: { kind: 'rclone', remote: { type: 's3', env_auth: true }, path: 'b' } }, 'source.remote.env_auth'],
    [{ source: { kind: 'rclone', remote: { type: 'sftp', host: 'h', user: 'u', ssh: 'id' } } }, 'source.remote.ssh'],
    [
      { source: { kind: 'rclone', remote: { type: 'ftp', host: 'h' }, secrets: { pass: null } } },
      'source.secrets.pass',
    ],
    [{ source: { kind: 'rclone', remote: { type: 'ftp', host: 'h' }, secrets: { word: 'x' } } }, 'source.secrets.word'],
    [{ source: { kind: 'rclone', remote: { type: 'ftp', host: 'h' } }, rsync_host: 'h' }, 'rsync_host'],
    [{ source: { kind: 'git', url: 'ext::sh -c id' } }, 'source.url'],
    [{ source: { kind: 'git', url: 'file:///etc' } }, 'source.url'],
    [{ source: { kind: 'git', url: '/srv/git/r.git' } }, 'source.url'],
    [{ source: { kind: 'git', url: '--upload-pack=id' } }, 'source.url'],
    [{ source: { kind: 'git', url: 'ssh://git@example.org/r.git' } }, 'source.url'],
    [{ source: { kind: 'git', url: 'https://me:secret@example.org/r.git' } }, 'source.url'],
  ])('%j is refused, naming the field', async (fields, field) => {
    const answer = await master.ask('/add_project/', { project: 'wrong', ...fields })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'INVALID_INPUT', field } } })
    expect(answer.body.error.message).toContain(field)
  })

  it('of somebody who is not root is a public address', async () => {
    const login = await master.addUser('mirrors', 'upstreamuser')
    const add = async (project: string, url: string) =>
      master.ask('/add_project/', { project, source: { kind: 'git', url } }, login)
    for (const url of [
      'http://127.0.0.1/r.git',
      'https://localhost/r.git',
      'git://example.org/r.git',
      'http://[::1]/r',
    ])
      expect((await add('inner', url)).body.error, url).toMatchObject({ code: 'INVALID_INPUT', field: 'source.url' })
    expect(await add('outer', 'https://example.org/r.git')).toMatchObject({ status: 200 })
    expect(await show('outer')).toMatchObject({
      source: { kind: 'git', url: 'https://example.org/r.git' },
      stages: { first_pass_exclude: expect.arrayContaining(['/refs', '/packed-refs']) },
    })
  })

  it('that is a command is for root alone; its owner may change the rest of the project', async () => {
    const login = await master.addUser('owner', 'upstreamuser')
    const source = { kind: 'command', command: 'dash', args: ['-c', 'date > date'], secrets: { KEY: 'hidden' } }
    const refused = await master.ask('/add_project/', { project: 'cmd', source }, login)
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'ROLE_FORBIDDEN', field: 'source.kind' } } })
    await master.ask('/add_project/', { project: 'cmd', source: { kind: 'folder' } }, login)
    expect(await master.ask('/update_project/basic/', { id: 'cmd', source })).toMatchObject({ status: 200 })
    const shown = { ...source, secrets: { KEY: null } }
    expect((await show('cmd')).source).toEqual(shown)
    const update = (fields: object, by?: typeof login) =>
      master.ask('/update_project/basic/', { id: 'cmd', ...fields }, by)
    expect(await update({ delete_guard_percent: 20, source: shown }, login)).toMatchObject({ status: 200 })
    expect(await update({ source: { ...shown, secrets: { KEY: 'other' } } }, login)).toMatchObject({ status: 403 })
    expect(await update({ source: { ...shown, args: [] } }, login)).toMatchObject({ status: 403 })
    const missing = { ...shown, secrets: { KEY: null, OTHER: null } }
    expect((await update({ source: missing })).body.error).toMatchObject({ field: 'source.secrets.OTHER' })
    const stored = await master.context.store.findProject('cmd')
    expect(JSON.stringify(stored)).not.toContain('hidden')
    expect(stored?.source_secrets).toMatch(/^v1\./)
  })

  it('that rclone reads is for root alone, and shows no secret', async () => {
    const login = await master.addUser('bucketeer', 'upstreamuser')
    const secrets = { secret_access_key: 'hidden-key' }
    const source = { kind: 'rclone', remote: { type: 's3', access_key_id: 'AK' }, path: 'bucket', secrets }
    const refused = await master.ask('/add_project/', { project: 'bucket', source }, login)
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'ROLE_FORBIDDEN', field: 'source.kind' } } })
    expect((await master.ask('/test_upstream/', { source }, login)).status).toBe(403)
    expect(await master.ask('/add_project/', { project: 'bucket', source })).toMatchObject({ status: 200 })
    const shown = { ...source, secrets: { secret_access_key: null } }
    expect(await show('bucket')).toMatchObject({ source: shown, stages: 'single' })
    const before = await master.context.store.findProject('bucket')
    expect(JSON.stringify(before)).not.toContain('hidden-key')
    const update = (fields: object) => master.ask('/update_project/basic/', { id: 'bucket', ...fields })
    const moved = { ...shown, remote: { ...shown.remote, region: 'eu-west-1' } }
    expect(await update({ source: moved })).toMatchObject({ status: 200 })
    const after = await master.context.store.findProject('bucket')
    expect(after?.source_secrets).toBe(before?.source_secrets)
    expect(await show('bucket')).toMatchObject({ source: moved })
    // Another kind does not get them.
    const command = { kind: 'command', command: 'dash', secrets: { secret_access_key: null } }
    expect((await update({ source: command })).body.error).toMatchObject({ field: 'source.secrets.secret_access_key' })
  })

  it('changes from one kind to another, with the fields of each', async () => {
    await master.ask('/add_project/', projectPayload(master, { project: 'changing', rsync_password: 'secret' }))
    const update = (fields: object) => master.ask('/update_project/basic/', { id: 'changing', ...fields })
    expect(await update({ source: { kind: 'folder' } })).toMatchObject({ status: 200 })
    expect(await show('changing')).toMatchObject({
      source: { kind: 'folder' },
      rsync_host: '',
      rsync_module: '',
      has_password: false,
      rsync_options: { basic: [], defaults: ['-aH'], delete: '--delete' },
    })
    expect(await update({ rsync_host: 'x.example.org' })).toMatchObject({ status: 400 })
    expect((await update({ source: { kind: 'rsync' } })).body.error).toMatchObject({ field: 'rsync_host' })
    const back = { source: { kind: 'rsync' }, rsync_host: 'rsync.example.org', rsync_module: 'm' }
    expect(await update(back)).toMatchObject({ status: 200 })
    expect(await show('changing')).toMatchObject({ rsync_options: { defaults: ['-avH'], delete: '--delete' } })
  })
})

describe('a folder', () => {
  const folder = (id: string) => path.join(root(), '.folders', id)

  it('is made with its project, moved with its name, and removed with its files', async () => {
    await master.ask('/add_project/', { project: 'team', source: { kind: 'folder' } })
    writeFileSync(path.join(folder('team'), 'note'), 'text')
    await master.ask('/update_project/basic/', { id: 'team', project: 'crew' })
    expect(readFileSync(path.join(folder('crew'), 'note'), 'utf8')).toBe('text')
    expect(existsSync(folder('team'))).toBe(false)
    mkdirSync(folder('taken'), { recursive: true })
    writeFileSync(path.join(folder('taken'), 'note'), 'of somebody else')
    expect((await master.ask('/update_project/basic/', { id: 'crew', project: 'taken' })).body).toMatchObject({
      success: false,
      error: { field: 'project', message: expect.stringContaining('move it away') },
    })
    expect(await show('crew')).toMatchObject({ project: 'crew' })
    await master.ask('/remove_project/', { id: 'crew', purge: true })
    expect(readdirSync(path.join(root(), '.folders'))).not.toContain('crew')
    expect(readdirSync(folder('taken'))).toEqual(['note'])
  })

  it('cannot be named as the place of a project', async () => {
    const answer = await master.ask('/add_project/', projectPayload(master, { dest: path.join(root(), '.folders') }))
    expect(answer.body.error).toMatchObject({ code: 'INVALID_PATH', field: 'dest' })
  })
})

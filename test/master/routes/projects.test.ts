import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/folder.ts'
import { basic, projectPayload as payload, ROOT, startTestMaster } from '../../helpers/master.ts'

describe('add_project', () => {
  it('refuses a destination that a symlink is part of, wherever that leads', async () => {
    const master = await startTestMaster()
    const root = path.join(master.folder, 'mirror')
    mkdirSync(path.join(root, 'inside'))
    symlinkSync('inside', path.join(root, 'in'))
    symlinkSync('/etc', path.join(root, 'out'))
    symlinkSync('/nowhere/at/all', path.join(root, 'dangling'))
    for (const name of ['in', 'in/side', 'out', 'dangling']) {
      expect((await master.ask('/add_project/', payload(master, { dest: path.join(root, name) }))).body).toMatchObject({
        error: { code: 'INVALID_PATH', field: 'dest' },
      })
    }
  })

  it('refuses folders that two projects would share or nest', async () => {
    const master = await startTestMaster()
    const root = path.join(master.folder, 'mirror')
    await master.ask('/add_project/', payload(master))
    for (const more of [
      { project: 'sub', dest: path.join(root, 'fedora') },
      { project: 'sub', dest: path.join(root, 'fedora', 'deep') },
    ]) {
      expect((await master.ask('/add_project/', payload(master, more))).body).toMatchObject({
        error: { code: 'FOLDER_TAKEN', field: 'dest' },
      })
    }
    await master.ask('/add_project/', payload(master, { project: 'inner', dest: path.join(root, 'group', 'x') }))
    expect((await master.ask('/add_project/', payload(master, { project: 'group' }))).body).toMatchObject({
      error: { code: 'FOLDER_TAKEN' },
    })
    expect(
      (await master.ask('/add_project/', payload(master, { project: 'Fedora', dest: path.join(root, 'other') })))
        .status,
    ).toBe(409)
    expect((await master.ask('/add_project/', payload(master, { id: 'fedora-2' }))).status).toBe(409)
  })

  it('never shows a password', async () => {
    const master = await startTestMaster()
    await master.ask('/add_project/', payload(master, { rsync_password: 'upstream-secret-7', rsync_user: 'mirror' }))
    for (const route of ['/list_projects/', '/list_projects/?id=fedora', '/list_runs/', '/list_slaves/']) {
      expect(JSON.stringify((await master.ask(route)).body)).not.toContain('upstream-secret-7')
    }
    expect((await master.ask('/list_projects/')).body).toMatchObject([{ has_password: true, rsync_user: 'mirror' }])
    await master.ask('/update_project/basic/', { id: 'fedora', rsync_password: null })
    expect((await master.ask('/list_projects/')).body).toMatchObject([{ has_password: false }])
  })
})

describe('a layout', () => {
  it('sets the stages and what happens to what is not whole, unless the request does', async () => {
    const master = await startTestMaster()
    const view = async () => {
      const { layout, stages, verify, verify_keyring, held } = (await master.ask('/list_projects/')).body[0]
      return [layout, stages, verify, verify_keyring, held]
    }
    await master.ask('/add_project/', payload(master))
    expect(await view()).toEqual(['plain', 'single', 'off', null, null])
    await master.ask('/update_project/basic/', { id: 'fedora', layout: 'rpm' })
    expect(await view()).toEqual(['rpm', 'by_layout', 'warn', null, null])
    await master.ask('/update_project/basic/', { id: 'fedora', publish: 'atomic' })
    expect(await view()).toEqual(['rpm', 'by_layout', 'hold', null, null])
    await master.ask('/update_project/basic/', { id: 'fedora', layout: 'debian', stages: 'debian', verify: 'off' })
    expect(await view()).toEqual(['debian', 'debian', 'off', null, null])
    await master.ask('/update_project/basic/', { id: 'fedora', layout: 'plain' })
    expect(await view()).toEqual(['plain', 'single', 'off', null, null])
  })

  it('takes a keyring from KEYRINGS_DIR, and refuses one that gpgv cannot read', async () => {
    const keyrings = temporaryFolder()
    writeFileSync(path.join(keyrings, 'good.gpg'), Buffer.from([0x98, 0x33]))
    writeFileSync(path.join(keyrings, 'armored.asc'), '-----BEGIN PGP PUBLIC KEY BLOCK-----\n')
    const master = await startTestMaster({ KEYRINGS_DIR: keyrings })
    const add = (verify_keyring: string) =>
      master.ask('/add_project/', payload(master, { layout: 'rpm', verify_keyring }))
    expect((await add('armored.asc')).body.error).toMatchObject({
      field: 'verify_keyring',
      message: expect.stringContaining('gpg --dearmor'),
    })
    expect((await add('none.gpg')).body.error).toMatchObject({ field: 'verify_keyring' })
    expect((await add('good.gpg')).status).toBe(200)
  })
})

describe('update_project', () => {
  it('keeps the order of changed options, and the settings that are not named', async () => {
    const master = await startTestMaster()
    await master.ask('/add_project/', payload(master, { rsync_port: 8730 }))
    const options = { basic: ['--exclude=b', '--include=a', '--exclude=c'], defaults: ['-rlt', '-H'], delete: '' }
    await master.ask('/update_project/basic/', { id: 'fedora', rsync_options: options })
    expect((await master.ask('/list_projects/')).body).toMatchObject([
      { rsync_options: options, rsync_port: 8730, rsync_host: 'rsync.example.org' },
    ])
  })

  it("takes options as operators write them, and says what was left out; rsync's time-out becomes the field", async () => {
    const master = await startTestMaster()
    const rsync_options = { basic: ['-H', '--stats', '--timeout', '60'], defaults: ['-avhH'], delete: '' }
    const fanout_options = { basic: ['-P', '--timeout=9'], defaults: ['-a'], delete: '' }
    const added = await master.ask('/add_project/', payload(master, { rsync_options, fanout_options }))
    expect(added.body.notes).toEqual([
      'rsync_options: -h was left out: it only changes what rsync shows.',
      'rsync_options: -H was left out: it is given twice.',
      'rsync_options: --stats was left out: it only changes what rsync shows.',
      'rsync_options: --timeout 60 was left out: the field io_timeout_s says it.',
      'fanout_options: -P was left out: it only changes what rsync shows, and partial files are kept.',
    ])
    expect((await master.ask('/list_projects/')).body).toMatchObject([
      {
        io_timeout_s: 60,
        rsync_options: { basic: [], defaults: ['-avH'], delete: '' },
        fanout_options: { basic: ['--timeout=9'], defaults: ['-a'], delete: '' },
      },
    ])
    const update = (more: object) => master.ask('/update_project/basic/', { id: 'fedora', ...more })
    expect((await update({ priority: 1 })).body.notes).toBeUndefined()
    const timed = { rsync_options: { defaults: ['-a', '--timeout=7'] } }
    expect((await update({ ...timed, io_timeout_s: 5 })).body.notes).toHaveLength(1)
    expect((await master.ask('/list_projects/')).body).toMatchObject([{ io_timeout_s: 5 }])
    await update(timed)
    expect((await master.ask('/list_projects/')).body).toMatchObject([{ io_timeout_s: 7 }])
  })

  it("takes the setting's options as operators write them too", async () => {
    const master = await startTestMaster({ RSYNC_DEFAULT_OPTIONS: '-avhP --timeout=90 --stats' })
    expect((await master.ask('/add_project/', payload(master))).body.notes).toBeUndefined()
    await master.ask(
      '/add_project/',
      payload(master, { project: 'own', io_timeout_s: null, rsync_options: { basic: ['-z'] } }),
    )
    await master.ask('/add_project/', { project: 'folder', source: { kind: 'folder' } })
    expect((await master.ask('/list_projects/')).body).toMatchObject([
      { id: 'fedora', io_timeout_s: 90, rsync_options: { basic: [], defaults: ['-av'], delete: '--delete' } },
      { id: 'folder', io_timeout_s: null },
      { id: 'own', io_timeout_s: null, rsync_options: { basic: ['-z'], defaults: ['-av'] } },
    ])
  })

  it('renames and moves the files', async () => {
    const master = await startTestMaster()
    const root = path.join(master.folder, 'mirror')
    await master.ask('/add_project/', payload(master))
    mkdirSync(path.join(root, 'fedora'))
    writeFileSync(path.join(root, 'fedora', 'file'), 'kept')
    expect((await master.ask('/update_project/basic/', { id: 'fedora', project: 'rawhide' })).body).toMatchObject({
      id: 'rawhide',
    })
    expect(readFileSync(path.join(root, 'rawhide', 'file'), 'utf8')).toBe('kept')
    await master.ask('/update_project/basic/', { id: 'rawhide', dest: path.join(root, 'deep', 'er') })
    expect(readFileSync(path.join(root, 'deep', 'er', 'rawhide', 'file'), 'utf8')).toBe('kept')
    expect((await master.ask('/list_projects/?id=fedora')).status).toBe(404)
    // The old place is free again.
    expect((await master.ask('/add_project/', payload(master))).status).toBe(200)
  })

  it('does not move onto existing files, and changes nothing then', async () => {
    const master = await startTestMaster()
    const root = path.join(master.folder, 'mirror')
    await master.ask('/add_project/', payload(master))
    for (const name of ['fedora', 'taken']) {
      mkdirSync(path.join(root, name))
      writeFileSync(path.join(root, name, 'file'), name)
    }
    expect((await master.ask('/update_project/basic/', { id: 'fedora', project: 'taken' })).body).toMatchObject({
      success: false,
      error: { field: 'dest' },
    })
    expect(readFileSync(path.join(root, 'fedora', 'file'), 'utf8')).toBe('fedora')
    expect((await master.ask('/list_projects/')).body).toMatchObject([{ id: 'fedora' }])
  })

  it('removes the schedule when the request has none', async () => {
    const master = await startTestMaster()
    await master.ask('/add_project/', payload(master, { cron_options: { minute: '*/5' } }))
    expect((await master.ask('/update_project/schedule/', { id: 'fedora' })).body).toMatchObject({
      success: true,
      next_run_time: null,
    })
    expect((await master.ask('/list_projects/')).body).toMatchObject([{ cron_options: null, next_run_time: null }])
    expect((await master.ask('/update_project/schedule/', { id: 'fedora', minute: 'x' })).body).toMatchObject({
      error: { field: 'minute' },
    })
  })
})

describe('remove_project', () => {
  it('keeps the files unless told to purge', async () => {
    const master = await startTestMaster()
    const file = path.join(master.folder, 'mirror', 'fedora', 'file')
    await master.ask('/add_project/', payload(master))
    mkdirSync(path.dirname(file))
    writeFileSync(file, 'x')
    await master.ask('/remove_project/', { id: 'fedora' })
    expect(readFileSync(file, 'utf8')).toBe('x')
    await master.ask('/add_project/', payload(master))
    await master.ask('/remove_project/', { id: 'fedora', purge: true })
    expect(() => readFileSync(file)).toThrow()
  })
})

describe('list_projects', () => {
  it('answers 304 when nothing has changed, and sends a long list in pieces', async () => {
    const master = await startTestMaster()
    const list = async (etag = '') => {
      const headers = { authorization: basic(ROOT), 'if-none-match': etag }
      const response = await master.app.inject({ url: '/list_projects/', headers })
      return {
        status: response.statusCode,
        text: response.body,
        etag: String(response.headers.etag),
        headers: response.headers,
      }
    }
    const empty = await list()
    expect(empty).toMatchObject({ status: 200, text: '[]' })
    expect(await list(empty.etag)).toMatchObject({ status: 304, text: '', etag: empty.etag })
    for (let number = 0; number < 150; number++)
      await master.ask('/add_project/', payload(master, { project: `p${number}` }))
    const long = await list(empty.etag)
    expect(long.headers['transfer-encoding']).toBe('chunked')
    expect(JSON.parse(long.text)).toHaveLength(150)
    await master.ask('/disable_project/?id=p7')
    const changed = await list(long.etag)
    expect(changed.status).toBe(200)
    expect(JSON.parse(changed.text).find(({ id }: { id: string }) => id === 'p7')).toMatchObject({ enabled: false })
    expect(await list(changed.etag)).toMatchObject({ status: 304 })
  })
})

describe('jitter', () => {
  it('moves the next run when it is set, and when it is taken away', async () => {
    const at = Date.parse('2026-01-01T00:30:00Z')
    const master = await startTestMaster({}, () => at)
    const next = async () => (await master.ask('/list_projects/?id=fedora')).body[0]
    await master.ask('/add_project/', payload(master, { cron_options: { hour: '*' }, jitter_s: 600 }))
    const first = await next()
    expect(first.jitter_s).toBe(600)
    const delay = Date.parse(first.next_run_time) - Date.parse('2026-01-01T01:00:00Z')
    expect(delay).toBeGreaterThanOrEqual(0)
    expect(delay).toBeLessThanOrEqual(600_000)
    await master.ask('/update_project/basic/', { id: 'fedora', jitter_s: null })
    expect(await next()).toMatchObject({ jitter_s: null, next_run_time: '2026-01-01T01:00:00.000Z' })
    await master.ask('/update_project/basic/', { id: 'fedora', jitter_s: 600 })
    expect(await next()).toMatchObject({ jitter_s: 600, next_run_time: first.next_run_time })
    for (const jitter_s of [0, 3601, 1.5, '5']) {
      const { status, body } = await master.ask('/update_project/basic/', { id: 'fedora', jitter_s })
      expect([status, body.error.field]).toEqual([400, 'jitter_s'])
    }
  })
})

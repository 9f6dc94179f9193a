import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { basic, ROOT, startTestMaster, type TestMaster, useTestMaster } from '../../helpers/master.ts'

const payload = (master: TestMaster, more: object = {}) => ({
  project: 'fedora',
  rsync_host: 'rsync.example.org',
  rsync_module: 'm',
  dest: path.join(master.folder, 'mirror'),
  ...more,
})

describe('add_project', () => {
  const shared = useTestMaster()
  it.each([
    ['a missing field', { rsync_host: undefined }, 'rsync_host'],
    ['an unknown field', { colour: 'blue' }, 'colour'],
    ['an unknown field of the schedule', { cron_options: { minutes: 5 } }, 'cron_options.minutes'],
    ['a wrong value in the schedule', { cron_options: { minute: '61' } }, 'cron_options.minute'],
    [
      'a date that cannot be read',
      { cron_options: { minute: '1', start_date: 'whenever' } },
      'cron_options.start_date',
    ],
    ['a schedule of dates only', { cron_options: { start_date: '2026-01-01' } }, 'cron_options'],
    ['a name with a slash', { project: 'a/b' }, 'project'],
    ['a number for a name', { project: 5 }, 'project'],
    ['a port as text', { rsync_port: '873' }, 'rsync_port'],
    ['a host with a user', { rsync_host: 'evil@host' }, 'rsync_host'],
    ['a module that leaves its root', { rsync_module: '../etc' }, 'rsync_module'],
    ['a destination elsewhere', { dest: '/etc' }, 'dest'],
    ['a destination that climbs', { dest: '/DEST/../../etc' }, 'dest'],
    ['a relative destination', { dest: 'mirror' }, 'dest'],
    ['a forbidden option', { rsync_options: { basic: ['-e', 'sh'] } }, 'rsync_options.basic'],
    ['a forbidden delete option', { rsync_options: { delete: '--force' } }, 'rsync_options.delete'],
    ['an option given twice', { rsync_options: { basic: ['-a'], defaults: ['-avH'] } }, 'rsync_options.basic'],
    ['a password of two lines', { rsync_password: 'a\nb' }, 'rsync_password'],
    ['a webhook that is not an http address', { webhooks: ['file:///etc/passwd'] }, 'webhooks.0'],
    ['a quorum of nobody', { publish_quorum: 0 }, 'publish_quorum'],
    ["a folder that is Mirrorfleet's own", { dest: '/mirror/.mirrorfleet' }, 'dest'],
    ['an unknown publish mode', { publish: 'now' }, 'publish'],
  ])('refuses %s, names the field and stores nothing', async (_name, change, field) => {
    const body = payload(shared, change)
    const answer = await shared.ask('/add_project/', { ...body, dest: body.dest.replace('/DEST', body.dest) })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ method: 'add_project', success: false, error: { field } })
    expect(answer.body.error.message.length).toBeGreaterThan(10)
    expect((await shared.ask('/list_projects/')).body).toEqual([])
  })

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

describe('preview_schedule', () => {
  it('shows the fields and the next times, and stores nothing', async () => {
    const master = await startTestMaster()
    const answer = await master.ask('/preview_schedule/', {
      hour: 3,
      timezone: 'Europe/Paris',
      now: '2026-06-01T00:00:00Z',
      count: 2,
    })
    expect(answer.body).toEqual({
      method: 'preview_schedule',
      success: true,
      fields: { year: '*', month: '*', day: '*', week: '*', day_of_week: '*', hour: '3', minute: '0', second: '0' },
      fires: ['2026-06-01T01:00:00.000Z', '2026-06-02T01:00:00.000Z'],
    })
    expect((await master.ask('/preview_schedule/', { year: 2026, now: '2026-06-01T00:00:00Z' })).body.fires).toEqual([])
    expect((await master.ask('/preview_schedule/', { minute: '99' })).body).toMatchObject({
      error: { field: 'minute' },
    })
    expect((await master.ask('/preview_schedule/', { minute: '5', now: 'yesterday' })).body).toMatchObject({
      error: { field: 'now' },
    })
  })
})

describe('requests', () => {
  it('take a trailing slash or none, and an empty JSON body', async () => {
    const master = await startTestMaster()
    await master.ask('/add_project/', payload(master))
    for (const url of [
      '/list_projects',
      '/list_projects/',
      '/disable_project?id=fedora',
      '/disable_project/?id=fedora',
    ])
      expect((await master.ask(url)).status, url).toBe(200)
    const headers = {
      authorization: `Basic ${Buffer.from('root:correct horse').toString('base64')}`,
      'content-type': 'application/json',
    }
    expect(
      (await master.app.inject({ method: 'POST', url: '/enable_project/?id=fedora', headers, payload: '' })).statusCode,
    ).toBe(200)
  })

  it('that are wrong get the one shape of an error', async () => {
    const master = await startTestMaster()
    const headers = { authorization: `Basic ${Buffer.from('root:correct horse').toString('base64')}` }
    const send = (payload_: string, type = 'application/json') =>
      master.app.inject({
        method: 'POST',
        url: '/add_project/',
        headers: { ...headers, 'content-type': type },
        payload: payload_,
      })
    for (const [answer, status] of [
      [await send('{"project": '), 400],
      [await send('[]'), 400],
      [await send('"x"'), 400],
      [await send('{"__proto__": {"a": 1}}'), 400],
      [await send('project=x', 'application/x-www-form-urlencoded'), 415],
      [await send(`{"project": "${'x'.repeat(300_000)}"}`), 413],
    ] as const) {
      expect(answer.statusCode).toBe(status)
      expect(answer.json()).toMatchObject({
        method: 'add_project',
        success: false,
        error: { code: expect.stringMatching(/^[A-Z_]+$/) },
      })
      expect(answer.json().error.code).not.toMatch(/^FST/)
    }
    expect((await master.ask('/disable_project/')).body).toMatchObject({
      method: 'disable_project',
      success: false,
      error: { field: 'id' },
    })
    expect((await master.ask('/enable_project/?id=nothing')).status).toBe(404)
    expect((await master.ask('/list_runs/?limit=many')).body).toMatchObject({ error: { field: 'limit' } })
    expect((await master.ask('/syncup/')).body).toMatchObject({ success: false, error: { field: 'id' } })
    expect((await master.ask('/get_run/?run=nothing-1')).body).toMatchObject({ error: { code: 'RUN_NOT_FOUND' } })
  })
})

describe('slaves', () => {
  it('are identified by hostname and port', async () => {
    const master = await startTestMaster()
    for (const port of [7000, '7001']) await master.ask('/add_slave/', { hostname: 'LocalHost', port })
    expect((await master.ask('/remove_slave/', { hostname: 'localhost' })).body).toMatchObject({
      error: { code: 'SLAVE_AMBIGUOUS' },
    })
    expect((await master.ask('/remove_slave/', { hostname: 'localhost', port: '7001' })).status).toBe(200)
    expect((await master.ask('/remove_slave/', { hostname: 'localhost', port: 7001 })).status).toBe(404)
    for (const [body, field] of [
      [{ hostname: 'a b', port: 1 }, 'hostname'],
      [{ hostname: 'x', port: '70000' }, 'port'],
      [{ hostname: 'x', port: 0 }, 'port'],
      [{ hostname: 'x' }, 'port'],
    ] as const) {
      expect((await master.ask('/add_slave/', body)).body, JSON.stringify(body)).toMatchObject({ error: { field } })
    }
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

// Runs that ask before they scan: a real rsync daemon that logs what is asked of it, and real web servers.

import { readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeSampleTree } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { startUpstream, type UpstreamOptions } from '../../scripts/sample/upstream.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startTestMaster } from '../helpers/master.ts'
import { startWebServer } from '../helpers/web-server.ts'

const DAY_MS = 86_400_000

/** An upstream, and a master without slaves that has one project of it. Its clock goes on by `later`. */
const start = async (
  more: object = {},
  options: Omit<UpstreamOptions, 'root'> = {},
  env: Record<string, string> = {},
) => {
  const root = temporaryFolder()
  const upstream = await startUpstream({ root, ...options })
  onTestFinished(upstream.stop)
  await makeSampleTree(upstream.folder)
  const put = (name: string, text: string) => writeFileSync(path.join(upstream.folder, name), text)
  put('lastupdate', '1')
  let skipped = 0
  const master = await startTestMaster({ RETRY_LIMIT: '0', DISK_FLOOR_MB: '1', ...env }, () => Date.now() + skipped)
  const add = (project: string, fields: object = {}, login?: Parameters<typeof master.ask>[2]) =>
    master.ask(
      '/add_project/',
      {
        project,
        rsync_host: '127.0.0.1',
        rsync_port: upstream.port,
        rsync_module: upstream.module,
        dest: `${master.folder}/mirror`,
        probe: { file: 'lastupdate' },
        ...fields,
      },
      login,
    )
  expect(await add('p', more)).toMatchObject({ status: 200 })
  const waitFor = (run: string): Promise<Run> =>
    until(`the end of ${run}`, async () => {
      const { body } = await master.ask(`/get_run/?run=${run}`)
      return hasEnded(body.state) && body
    })
  const sync = async (query = '', id = 'p') => waitFor((await master.ask(`/syncup/?id=${id}${query}`)).body.run)
  /** What the daemon says that it let in. */
  const connections = () => readFileSync(path.join(root, 'log'), 'utf8').split('allowed access on module').length - 1
  const log = async (run: Run): Promise<string> => (await master.ask(`/run_log/?run=${run.run}`)).body
  return {
    ...master,
    upstream,
    put,
    add,
    waitFor,
    sync,
    /** A run, how often it connected to the daemon, and the paths that it asked for. */
    asked: async (work: () => Promise<Run>) => {
      const before = connections()
      const run = await work()
      const paths = [...(await log(run)).matchAll(/^\$ rsync .* rsync:\/\/\S*?\/(\S+) /gm)].map(([, name]) => name)
      expect(connections() - before).toBe(paths.length)
      return { run, paths }
    },
    later: (days: number) => {
      skipped += days * DAY_MS
    },
    log,
    project: async (id = 'p') => (await master.ask(`/list_projects/?id=${id}`)).body[0],
  }
}

const WALK = { state: 'succeeded', upstream: { state: 'succeeded', scanned: 'walk' } }
const UNCHANGED = {
  state: 'succeeded',
  error: null,
  upstream: { state: 'unchanged', scanned: 'none', exit_code: null, summary: null, error: null, drift: null },
}

it('keeps the logs of runs that did something, however many found nothing new since', async () => {
  const { sync, put, log, ask, project } = await start({}, {}, { LOG_RETENTION: '4', RUN_HISTORY: '5' })
  const first = await sync()
  put('lastupdate', '2')
  const second = await sync()
  for (let number = 3; number <= 10; number++) await sync()
  const { body } = await ask('/list_runs/?id=p')
  const kept = [first.run.replace(/1$/, '10'), first.run.replace(/1$/, '9'), second.run, first.run]
  expect(body.map(({ run }: Run) => run)).toEqual(kept)
  for (const run of kept) expect(await log({ ...first, run })).toMatch(/./)
  expect(await project()).toMatchObject({ last_run: { run: kept[0] } })
})

describe.each(['in_place', 'atomic'] as const)('a project with a probe of a file, published %s', (publish) => {
  it('is not walked while the file is the same, and its last success moves', async () => {
    const { asked, sync, put, project, log, ask } = await start({ publish })
    const first = await asked(sync)
    expect(first.run).toMatchObject({ ...WALK, generation: 1 })
    expect(first.paths[0]).toBe('pub/lastupdate')
    expect(first.paths).toContain('pub/')
    const after = await project()

    const second = await asked(sync)
    expect(second.run).toMatchObject({ ...UNCHANGED, generation: 1, attempt: 1, slaves: [] })
    expect(second.paths).toEqual(['pub/lastupdate'])
    expect(await log(second.run)).toContain('the probe found nothing new; the upstream is not scanned')
    const now = await project()
    expect(now).toMatchObject({ generation: 1, last_run: { run: second.run.run, state: 'succeeded' } })
    expect(Date.parse(now.last_success_at)).toBeGreaterThan(Date.parse(after.last_success_at))
    expect(now.last_success_at).toBe(second.run.finished_at)
    expect((await ask('/status.json', undefined, null)).body).toMatchObject([{ name: 'p', status: 'success' }])
    expect((await ask('/metrics')).body).toContain('mirrorfleet_unchanged_runs_total{project="p"} 1')

    put('new', 'new')
    expect((await asked(sync)).paths).toEqual(['pub/lastupdate'])
    put('lastupdate', '2')
    const changed = await asked(sync)
    expect(changed.run).toMatchObject({ ...WALK, generation: 2, upstream: { ...WALK.upstream, drift: null } })
    expect(changed.paths).toContain('pub/')
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('is scanned by full, forced and dry runs, and after a change of its settings', async () => {
    const { sync, asked, ask } = await start({ publish })
    await sync()
    expect(await sync('&mode=full')).toMatchObject(WALK)
    expect(await sync('&force=true')).toMatchObject(WALK)
    const dry = await asked(() => sync('&dry_run=true'))
    expect(dry.run).toMatchObject({ state: 'succeeded', dry_run: true, upstream: { state: 'succeeded' } })
    expect(dry.paths).not.toContain('pub/lastupdate')
    expect(await sync()).toMatchObject(UNCHANGED)
    const rsync_options = { basic: ['--exclude=none'], defaults: ['-aH'], delete: '--delete' }
    await ask('/update_project/basic/', { id: 'p', rsync_options })
    expect(await sync()).toMatchObject(WALK)
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('is scanned after some days all the same, and what the probe missed is counted', async () => {
    const { sync, put, later, log, ask } = await start({ publish }, {}, { UPSTREAM_WALK_DAYS: '3' })
    await sync()
    put('one', '1')
    put('two', '2')
    later(2.9)
    expect(await sync()).toMatchObject(UNCHANGED)
    later(0.2)
    const walked = await sync()
    expect(walked).toMatchObject({ ...WALK, upstream: { ...WALK.upstream, drift: 2 } })
    expect(await log(walked)).toContain('the scan found 2 changes that it missed')
    expect((await ask('/metrics')).body).toContain('mirrorfleet_probe_missed_files_total{project="p"} 2')
    later(2.9)
    expect(await sync()).toMatchObject(UNCHANGED)
    later(0.2)
    expect(await sync()).toMatchObject({ ...WALK, upstream: { ...WALK.upstream, drift: 0 } })
  })

  it('is scanned when the probe fails, with a warning', async () => {
    const { sync, put, upstream, log } = await start({ publish })
    await sync()
    rmSync(path.join(upstream.folder, 'lastupdate'))
    put('new', 'new')
    for (const added of [1, 0]) {
      const run = await sync()
      expect(run).toMatchObject({ ...WALK, upstream: { ...WALK.upstream, summary: { added } } })
      expect(run.upstream.error).toContain('The probe of lastupdate failed, so the upstream was scanned')
      expect(await log(run)).toContain('[warning: the probe failed')
    }
    put('lastupdate', '3')
    expect(await sync()).toMatchObject({ ...WALK, upstream: { ...WALK.upstream, error: null } })
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('is scanned after a run that was blocked, until one succeeds', async () => {
    const { sync, put, upstream } = await start({ publish })
    await sync()
    rmSync(upstream.folder, { recursive: true })
    await makeSampleTree(path.join(upstream.folder, 'elsewhere'))
    put('lastupdate', '2')
    expect(await sync()).toMatchObject({ state: 'blocked', error: { code: 'DELETE_GUARD' } })
    expect(await sync()).toMatchObject({ state: 'blocked' })
    expect(await sync('&force=true')).toMatchObject(WALK)
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('is scanned when its tree on the master is gone', async () => {
    const { sync, folder, log } = await start({ publish })
    await sync()
    rmSync(path.join(folder, 'mirror'), { recursive: true })
    const run = await sync()
    expect(run.upstream.state).not.toBe('unchanged')
    expect(await log(run)).toContain('the tree is not where it was')
  })

  it('follows links, logs in, and compares only size and time of a file that is large', async () => {
    const login = { user: 'mirror', password: 'secret of the upstream' }
    const fields = { publish, rsync_user: login.user, rsync_password: login.password, probe: { file: 'trace/master' } }
    const { sync, asked, upstream, put, log } = await start(fields, login)
    const large = (text: string) => {
      put('large', text.repeat(1_500_000))
      utimesSync(path.join(upstream.folder, 'large'), 1_700_000_000, 1_700_000_000)
    }
    large('a')
    await makeSampleTree(path.join(upstream.folder, 'trace'))
    symlinkSync('../large', path.join(upstream.folder, 'trace', 'master'))
    await sync()
    large('b')
    const second = await asked(sync)
    expect(second.run).toMatchObject(UNCHANGED)
    expect(second.paths).toEqual(['pub/trace/master', 'pub/trace/master'])
    expect(await log(second.run)).not.toContain(login.password)
    put('large', 'c')
    expect(await sync()).toMatchObject(WALK)
    // Same size, another time: the content counts, and so does the time.
    expect(await sync()).toMatchObject(UNCHANGED)
    utimesSync(path.join(upstream.folder, 'large'), 1_700_000_000, 1_700_000_000)
    expect(await sync()).toMatchObject(WALK)
    put('large', 'd')
    utimesSync(path.join(upstream.folder, 'large'), 1_700_000_000, 1_700_000_000)
    expect(await sync()).toMatchObject(WALK)
  })
})

describe('a rollback', () => {
  it('is followed by a run that scans', async () => {
    const { sync, put, ask, waitFor, project } = await start({ publish: 'atomic' })
    await sync()
    put('lastupdate', '2')
    await sync()
    expect(await sync()).toMatchObject(UNCHANGED)
    await waitFor((await ask('/rollback_project/', { id: 'p' })).body.run)
    expect(await project()).toMatchObject({ published_generation: 1 })
    expect(await sync()).toMatchObject({ ...WALK, generation: 3 })
    expect(await sync()).toMatchObject({ ...UNCHANGED, generation: 3 })
  })
})

describe('a project with a probe of an address', () => {
  it('is walked only when the server says that something is new', async () => {
    let etag = '"1"'
    const server = await startWebServer((request, response) => {
      response.setHeader('etag', etag)
      response.writeHead(request.headers['if-none-match'] === etag ? 304 : 200).end('x')
    })
    const { sync, asked, ask } = await start()
    await ask('/update_project/basic/', { id: 'p', probe: { url: server.url } })
    expect(await sync()).toMatchObject(WALK)
    const second = await asked(sync)
    expect(second).toMatchObject({ run: UNCHANGED, paths: [] })
    expect(server.requests).toHaveLength(2)
    etag = '"2"'
    expect(await sync()).toMatchObject(WALK)
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('that belongs to no root reaches public addresses only', async () => {
    const server = await startWebServer((_request, response) => response.end('secret'))
    const { sync, add, addUser, ask, context, log } = await start()
    const owner = await addUser('owner', 'upstreamuser')
    for (const host of ['127.0.0.1', 'localhost', '169.254.169.254', '10.0.0.1', '[::1]', '0x7f.1']) {
      const url = server.url.replace('127.0.0.1', host)
      expect((await add('mine', { probe: { url } }, owner)).body, host).toMatchObject({
        error: { code: 'INVALID_INPUT', field: 'probe.url' },
      })
    }
    await add('mine', { probe: null }, owner)
    expect((await ask('/update_project/basic/', { id: 'mine', probe: { url: server.url } })).status).toBe(400)
    // Such as by a user who was root when the project was added.
    const { key } = (await context.store.findProject('mine')) ?? { key: '' }
    await context.store.updateProject(key, (project) => ({ ...project, probe: { url: server.url } }))
    const run = await sync('', 'mine')
    expect(run).toMatchObject(WALK)
    expect(await log(run)).toContain('127.0.0.1 is not a public address')
    expect(server.requests).toHaveLength(0)
  })
})

describe('the fields of a probe', () => {
  it('are checked, and shown', async () => {
    const { ask, project } = await start()
    expect((await project()).probe).toEqual({ file: 'lastupdate' })
    for (const [probe, field] of [
      [{ file: '../x' }, 'probe.file'],
      [{ file: 'a/../../x' }, 'probe.file'],
      [{ file: '/etc/passwd' }, 'probe.file'],
      [{ file: 'folder/' }, 'probe.file'],
      [{ file: '-e' }, 'probe.file'],
      [{ file: 'a*' }, 'probe.file'],
      [{ file: 'a\nb' }, 'probe.file'],
      [{ file: '' }, 'probe.file'],
      [{ url: 'https://user:secret@example.org/x' }, 'probe.url'],
      [{ url: 'https://' }, 'probe.url'],
      [{ url: 'ftp://example.org/' }, 'probe.url'],
      [{}, 'probe'],
      [{ file: 'x', url: 'https://example.org/' }, 'probe'],
      ['auto', 'probe'],
    ] as const) {
      const { status, body } = await ask('/update_project/basic/', { id: 'p', probe })
      expect(status, JSON.stringify(probe)).toBe(400)
      expect(body.error.field, JSON.stringify(probe)).toMatch(new RegExp(`^${field}`))
      expect(body.error.message).not.toContain('secret')
    }
    await ask('/update_project/basic/', { id: 'p', probe: null })
    expect((await project()).probe).toBeNull()
  })
})

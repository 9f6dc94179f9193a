import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createApi } from '../../scripts/sample/api.ts'
import { changeSampleTree, compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { commandLinesWith } from '../helpers/processes.ts'
import { UPSTREAM_LOGIN, useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 2 })

const copiesOf = (project: string): string[] => [
  path.join(sample.fleet.destRoot, project),
  ...sample.fleet.slaves.map((slave) => path.join(slave.publicFolder, project)),
]

describe('a sync', () => {
  it('brings the upstream to the master and every slave, and what changed the next time', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('fedora'))
    const first = await api.sync('fedora')
    expect(first).toMatchObject({
      state: 'succeeded',
      trigger: 'explicit',
      attempt: 1,
      generation: 1,
      upstream: { state: 'succeeded', exit_code: 0 },
    })
    // Every slave reports when its rsync has really ended: the trees are equal right now.
    for (const copy of copiesOf('fedora')) expect(compareTrees(sample.upstream.folder, copy)).toBe('')
    expect(first.slaves).toMatchObject([
      {
        state: 'succeeded',
        exit_code: 0,
        generation: 1,
        method: 'slow',
        summary: { added: first.upstream.summary?.added },
      },
      {
        state: 'succeeded',
        exit_code: 0,
        generation: 1,
        method: 'slow',
        summary: { added: first.upstream.summary?.added },
      },
    ])

    await changeSampleTree(sample.upstream.folder)
    const second = await api.sync('fedora')
    for (const copy of copiesOf('fedora')) expect(compareTrees(sample.upstream.folder, copy)).toBe('')
    for (const stage of [second.upstream, ...second.slaves])
      expect(stage.summary).toMatchObject({ added: 2, modified: 1, deleted: 3, errors: 0 })

    expect((await api.ask('/list_projects/?id=fedora'))[0]).toMatchObject({
      generation: 2,
      last_run: { run: second.run, state: 'succeeded' },
    })
    expect((await api.ask('/list_projects/'))[0].total_files).toBeGreaterThan(40)
    for (const slave of await api.ask('/list_slaves/')) {
      expect(slave).toMatchObject({
        state: 'up',
        version: expect.any(String),
        projects: { fedora: { anchor: 2, lag: 0 } },
      })
    }
    expect((await api.ask('/list_runs/?id=fedora')).map((run: { run: string }) => run.run)).toEqual([
      second.run,
      first.run,
    ])
  })

  it("keeps rsync's output of every stage as a log", async () => {
    const { api, slaves } = sample.fleet
    const [run] = await api.ask('/list_runs/?id=fedora&limit=1')
    for (const query of ['', ...slaves.map((slave) => `&slave=${slave.id}`)]) {
      const log = await api.ask(`/run_log/?run=${run.run}${query}`)
      expect(log).toContain('NEWS')
      expect(log).toContain('*deleting')
      expect(log).toContain('Total file size')
    }
    expect((await api.call(`/run_log/?run=${run.run}&slave=nobody:1`)).body).toMatchObject({
      error: { code: 'LOG_NOT_FOUND' },
    })
  })

  it('works disabled too, and a second request while it runs leads to one more run after it', async () => {
    const { api } = sample.fleet
    await api.ask(
      '/add_project/',
      sample.payload('twice', { rsync_options: { basic: ['--bwlimit=2m'], defaults: ['-avH'], delete: '--delete' } }),
    )
    await api.ask('/disable_project/?id=twice')
    const first = await api.ask('/syncup/?id=twice')
    expect(first).toMatchObject({ running: null, note: 'sync initiated' })
    await until('it to run', async () => (await api.ask(`/get_run/?run=${first.run}`)).state === 'syncing')
    const second = await api.ask('/syncup/?id=twice')
    expect(second).toMatchObject({ running: first.run, note: 'already running; one more run follows' })
    const [before, after] = [await api.waitForRun(first.run), await api.waitForRun(second.run)]
    expect([before.state, after.state]).toEqual(['succeeded', 'succeeded'])
    expect((after.started_at ?? '') >= (before.finished_at ?? '-')).toBe(true)
  })

  it('happens by schedule, with seconds', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('ticking', { cron_options: { second: '*' } }))
    const run = await until('a scheduled run', async () => (await api.ask('/list_runs/?id=ticking'))[0])
    expect(run.trigger).toMatch(/schedule|catch_up/)
    await api.ask('/disable_project/?id=ticking')
    expect((await api.waitForRun(run.run)).state).toBe('succeeded')
  })

  it('that fails upstream says why and tells no slave', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('broken', { rsync_module: 'no-such-module' }))
    const run = await api.sync('broken')
    expect(run).toMatchObject({
      state: 'failed',
      slaves: [],
      upstream: { state: 'failed', exit_code: 5 },
      error: { code: 'UPSTREAM_FAILED' },
    })
    expect(run.error?.message).toContain("Unknown module 'no-such-module'")
    await api.ask('/add_project/', sample.payload('locked', { rsync_password: 'wrong-password-of-the-tests' }))
    expect((await api.sync('locked')).error?.message).toContain('auth failed')
    expect((await api.ask('/list_projects/?id=locked'))[0]).toMatchObject({
      generation: 0,
      last_run: { state: 'failed' },
    })
  })

  it('can be stopped, and leaves no rsync behind', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('slow', { rsync_options: { basic: ['--bwlimit=10k'] } }))
    const { run } = await api.ask('/syncup/?id=slow')
    await until('rsync to run', () => commandLinesWith(`${sample.fleet.destRoot}/slow`).length > 0)
    expect(await api.ask('/stop_run/', { run })).toMatchObject({
      method: 'stop_run',
      success: true,
      run,
      state: 'stopped',
    })
    expect(commandLinesWith(`${sample.fleet.destRoot}/slow`)).toEqual([])
    expect((await api.call('/stop_run/', { run })).body).toMatchObject({ error: { code: 'RUN_ENDED' } })
  })

  it('moves a renamed project on the slaves too, fetching nothing again', async () => {
    const { api, slaves } = sample.fleet
    await api.ask('/update_project/basic/', { id: 'fedora', project: 'rawhide' })
    const run = await api.sync('rawhide')
    for (const stage of [run.upstream, ...run.slaves])
      expect(stage.summary).toMatchObject({ added: 0, modified: 0, deleted: 0 })
    for (const copy of copiesOf('rawhide')) expect(compareTrees(sample.upstream.folder, copy)).toBe('')
    for (const slave of slaves) expect(existsSync(path.join(slave.publicFolder, 'fedora'))).toBe(false)
  })

  it('leaves nothing anywhere after a purge', async () => {
    const { api } = sample.fleet
    await api.ask('/remove_project/', { id: 'rawhide', purge: true })
    for (const copy of copiesOf('rawhide')) expect(existsSync(copy)).toBe(false)
    expect((await api.call('/syncup/?id=rawhide')).status).toBe(404)
  })
})

describe('secrets', () => {
  it('are in no output, log, command line or configuration but where they must be', async () => {
    const { fleet } = sample
    const secrets = [UPSTREAM_LOGIN.password, 'wrong-password-of-the-tests', 'sample-root-password']
    const shared = (['SLAVE_TOKEN', 'MASTER_RSYNCD_PASSWORD'] as const).map(sample.secret)
    const { token } = await fleet.api.ask('/get_token/')
    const answers = await Promise.all(
      ['/list_projects/', '/list_runs/', '/list_slaves/', '/list_users/', '/list_tokens/'].map((route) =>
        fleet.api.ask(route),
      ),
    )
    const logs = await Promise.all(answers[1].map((run: { run: string }) => fleet.api.call(`/run_log/?run=${run.run}`)))
    const seen = fleet.output() + JSON.stringify(answers) + JSON.stringify(logs) + commandLinesWith('rsync').join('\n')
    for (const secret of [...secrets, ...shared, token]) expect(seen).not.toContain(secret)
  })
})

describe('a slave', () => {
  it('takes orders from its master only', async () => {
    const [slave] = sample.fleet.slaves
    const stranger = createApi(`http://127.0.0.1:${slave?.port}`, 'root', 'sample-root-password')
    for (const [route, body] of [
      ['/jobs/', undefined],
      ['/sync_from_master/', {}],
      ['/stop/', { run: 'x-1' }],
      ['/remove_tree/', {}],
    ] as const) {
      expect((await stranger.call(route, body)).status, route).toBe(401)
    }
    expect((await stranger.call('/healthz')).body).toMatchObject({ status: 'ok' })
  })

  it('checks options against its own list, whatever the master says', async () => {
    const [slave] = sample.fleet.slaves
    const order = {
      run: 'evil-1',
      slave_id: 'x',
      id: 'evil',
      project: 'evil',
      key: 'evil-k',
      generation: 1,
      tag: '0123456789abcdef',
      anchor: null,
      changes: null,
      source: 'evil',
      upstream: null,
      downstream_hosts: [],
      checksum: false,
      publish: 'in_place',
      published: null,
      master: null,
      rsync_options: { basic: ['-e', 'touch /tmp/pwned'], defaults: ['-a'], delete: '' },
    }
    const api = createApi(`http://127.0.0.1:${slave?.port}`, '', '')
    const headers = sample.logInOf(slave?.id ?? '', 'to-slave')
    expect((await api.call('/sync_from_master/', order, headers)).body).toMatchObject({
      success: false,
      error: { code: 'INVALID_RSYNC_OPTION' },
    })
    const climbing = { ...order, source: '../../etc', rsync_options: { basic: [], defaults: ['-a'], delete: '' } }
    expect((await api.call('/sync_from_master/', climbing, headers)).body).toMatchObject({ error: { field: 'source' } })
  })
})

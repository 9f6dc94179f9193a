import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { newRun, plainRequest, type RunRequest } from '../../../master/records/run.ts'
import { enqueueNow, type FireTime } from '../../../master/runs/runs.ts'
import { until } from '../../../scripts/sample/until.ts'
import { hasEnded } from '../../../shared/schemas/run-state.ts'
import { startTestMaster } from '../../helpers/master.ts'
import { testRequests } from '../../helpers/requests.ts'
import { addUnreachable, holdRest } from '../../helpers/runs.ts'

describe('a project', () => {
  it('that falls due while it runs, runs once after', async () => {
    const master = await startTestMaster({ RETRY_BACKOFF_S: '30' })
    await addUnreachable(master, 'busy', { cron_options: { hour: 3 } })
    const { runs, store } = master.context
    const project = await store.findProject('busy')
    const key = project?.key ?? ''
    const plain = { trigger: 'schedule', mode: 'sync', dryRun: false, force: false } as const
    const enqueue = async (request: RunRequest, fire?: FireTime) => {
      const enqueued = await runs.enqueue(key, request, fire)
      if (enqueued === null) throw new Error('nothing was queued')
      return enqueued
    }
    const first = await enqueue(plain)
    await until('the first attempt', async () => (await runs.get(first.run.run)).upstream.exit_code === 10)
    for (let time = 0; time < 3; time++)
      expect((await enqueue(plain, { was: null, next: '2030-01-01T00:00:00.000Z' })).note).toBe('already running')
    expect(await store.findProject('busy')).toMatchObject({
      due_again: true,
      next_run_time: '2030-01-01T00:00:00.000Z',
    })
    await runs.stop(first.run.run)
    const second = await until('the run after', async () =>
      (await master.ask('/list_runs/?id=busy')).body.find((run: { trigger: string }) => run.trigger === 'catch_up'),
    )
    expect(second.run).not.toBe(first.run.run)
    expect(await store.findProject('busy')).toMatchObject({ due_again: false })
    expect((await master.ask('/list_runs/?id=busy')).body).toHaveLength(2)
  })

  it('is not moved while it is synced, and is stopped when it is removed', async () => {
    const master = await startTestMaster({ RETRY_BACKOFF_S: '30' })
    await addUnreachable(master, 'busy')
    await master.ask('/syncup/?id=busy')
    expect((await master.ask('/update_project/basic/', { id: 'busy', project: 'other' })).body).toMatchObject({
      error: { code: 'PROJECT_BUSY' },
    })
    expect((await master.ask('/update_project/basic/', { id: 'busy', rsync_port: 10 })).status).toBe(200)
    expect((await master.ask('/remove_project/', { id: 'busy' })).status).toBe(200)
    expect(master.context.runs.listActive()).toEqual([])
  })
})

describe('a request while a run is under way', () => testRequests(async () => ({})))

describe('a project whose tree is being moved', () => {
  it('is locked: requested runs wait until the move is done, and a second move is refused', async () => {
    const master = await startTestMaster({ RETRY_LIMIT: '0' })
    await addUnreachable(master, 'resting')
    const { runs } = master.context
    const { project, end } = await holdRest(master.context, 'resting')
    const { run } = await enqueueNow(runs, project.key, plainRequest('explicit'))
    for (const change of [{ project: 'other' }, { publish: 'atomic' }])
      expect((await master.ask('/update_project/basic/', { id: 'resting', ...change })).body).toMatchObject({
        error: { code: 'PROJECT_BUSY' },
      })
    for (let turn = 0; turn < 20; turn++) await yieldToOthers()
    expect((await runs.get(run.run)).state).toBe('queued')
    await end()
    await until('its end', async () => hasEnded((await runs.get(run.run)).state))
    expect((await master.ask('/update_project/basic/', { id: 'resting', project: 'other' })).status).toBe(200)
  })

  it('can stop a run that waits for the lock', async () => {
    const master = await startTestMaster({ RETRY_LIMIT: '0' })
    await addUnreachable(master, 'resting')
    const { runs } = master.context
    const { project, end } = await holdRest(master.context, 'resting')
    const { run } = await enqueueNow(runs, project.key, plainRequest('explicit'))
    const stopped = runs.stop(run.run)
    await end()
    expect((await stopped).state).toBe('stopped')
  })
})

describe('a sync and a refresh of slaves that start at once', () => {
  it('are two runs: the sync continues and the refresh is stopped', async () => {
    const master = await startTestMaster({ RETRY_LIMIT: '0' })
    await addUnreachable(master, 'both')
    // Nobody listens there: it is unreachable, and the refresh ends as soon as it has seen that.
    await master.ask('/add_slave/', { hostname: '127.0.0.1', port: 9 })
    const { runs, store } = master.context
    const key = (await store.findProject('both'))?.key ?? ''
    const [refresh, sync] = await Promise.all([
      runs.refresh(key, ['127.0.0.1:9']),
      enqueueNow(runs, key, plainRequest('explicit')),
    ])
    expect(refresh?.run).not.toBe(sync.run.run)
    await until('both to end', () => runs.listActive().length === 0)
    expect((await master.ask('/list_runs/?id=both')).body.map((run: { run: string }) => run.run).sort()).toEqual(
      [refresh?.run, sync.run.run].sort(),
    )
    expect(await store.findProject('both')).toMatchObject({ runs_made: 2, active_runs: [] })
  })
})

describe('the clock', () => {
  it('that jumps ahead makes each project run once; one that jumps back makes none run twice', async () => {
    let now = Date.parse('2026-06-01T00:00:00Z')
    const master = await startTestMaster({ RETRY_LIMIT: '0' }, () => now)
    await addUnreachable(master, 'hourly', { cron_options: { minute: 0 } })
    const { schedules } = master.context
    const runsOf = async () => (await master.ask('/list_runs/?id=hourly')).body.length
    schedules.tick()
    expect(await runsOf()).toBe(0)
    now += 5 * 3_600_000 + 1_000
    schedules.tick()
    await until('one run', async () => (await runsOf()) === 1)
    await until('its end', async () => master.context.runs.listActive().length === 0)
    expect((await master.ask('/list_projects/?id=hourly')).body[0].next_run_time).toBe('2026-06-01T06:00:00.000Z')
    now -= 3 * 3_600_000
    schedules.tick()
    now += 3 * 3_600_000
    schedules.tick()
    expect(await runsOf()).toBe(1)
  })

  it('that was years ahead leaves no next run time of then behind', async () => {
    let now = Date.parse('2036-06-01T00:00:00Z')
    const master = await startTestMaster({}, () => now)
    await addUnreachable(master, 'hourly', { cron_options: { minute: 0 } })
    await addUnreachable(master, 'once', { cron_options: { year: 2037 } })
    const { schedules } = master.context
    await schedules.stop()
    now = Date.parse('2026-06-01T00:30:00Z')
    await schedules.start([])
    const nextOf = async (id: string) => (await master.ask(`/list_projects/?id=${id}`)).body[0].next_run_time
    expect(await nextOf('hourly')).toBe('2026-06-01T01:00:00.000Z')
    expect(await nextOf('once')).toBe('2037-01-01T00:00:00.000Z')
  })
})

describe('a stop', () => {
  it('ends runs that wait for their turn or their next attempt at once', async () => {
    const master = await startTestMaster({ MAX_CONCURRENT_SYNCS: '1', RETRY_BACKOFF_S: '600' })
    for (const name of ['one', 'two']) await addUnreachable(master, name)
    const runs = await Promise.all(
      ['one', 'two'].map(async (name) => (await master.ask(`/syncup/?id=${name}`)).body.run),
    )
    await until('an attempt of each', async () =>
      (await Promise.all(runs.map((run) => master.context.runs.get(run)))).every(
        (run) => run.upstream.exit_code === 10,
      ),
    )
    for (const run of runs) expect((await master.ask('/stop_run/', { run })).body).toMatchObject({ state: 'stopped' })
  })
})

describe('a run that is stopped while it is being written down', () => {
  it('ends before it begins, and the stop waits for that', async () => {
    const master = await startTestMaster({ RETRY_LIMIT: '0' })
    await addUnreachable(master, 'brief')
    const { runs, store } = master.context
    const key = (await store.findProject('brief'))?.key ?? ''
    const queued = enqueueNow(runs, key, plainRequest('explicit'))
    while (!runs.isSyncing(key)) await yieldToOthers()
    await runs.stopProject(key)
    expect(runs.listActive()).toEqual([])
    const { run } = await queued
    expect(await runs.get(run.run)).toMatchObject({ state: 'stopped' })
    expect(await store.findProject('brief')).toMatchObject({ active_runs: [] })
  })
})

describe('what a kill has cut off', () => {
  it.each([
    ['a sync is made up for', { ...plainRequest('explicit') }, 1],
    ['a dry run is not', { ...plainRequest('explicit'), dryRun: true }, 0],
    ['nor is a rollback', { ...plainRequest('rollback'), back: { generation: 1, tag: '1'.repeat(16) } }, 0],
  ])('%s at the next start', async (_what, request: RunRequest, expected) => {
    const master = await startTestMaster()
    await addUnreachable(master, 'cut', { cron_options: { year: 2099 } })
    const { runs, store } = master.context
    const project = await store.findProject('cut')
    if (project === null) throw new Error('the project is not there')
    const run = {
      ...newRun(`${project.key}-1`, project, request, '2026-11-27T00:00:00.000Z', 'main'),
      state: 'syncing' as const,
    }
    await store.saveRun(project.key, run, 200)
    await store.updateProject(project.key, (one) => ({ ...one, active_runs: [run.run] }))
    expect(await runs.recover()).toHaveLength(expected)
    expect((await runs.get(run.run)).state).toBe('interrupted')
  })
})

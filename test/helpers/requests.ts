// What becomes of requests while a run of their project is under way: the same for one master and for several.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { plainRequest } from '../../master/records/run.ts'
import { until } from '../../scripts/sample/until.ts'
import { temporaryFolder } from './folder.ts'
import { startTestMaster } from './master.ts'
import { addUnreachable } from './runs.ts'

const MANY = 24

/** Defines the tests. `makeEnv` makes the settings of a master with a store of its own, for each test. */
export function testRequests(makeEnv: () => Promise<Record<string, string>>): void {
  /** A project with a run that waits half a minute for its next attempt; `ask` requests a sync. */
  const addBusy = async (more: object = {}) => {
    const env = { RETRY_BACKOFF_S: '30', DATA_DIR: temporaryFolder(), ...(await makeEnv()) }
    const master = await startTestMaster(env)
    await master.context.runs.recover()
    await addUnreachable(master, 'busy', more)
    const ask = async (query = '') => (await master.ask(`/syncup/?id=busy${query}`)).body
    const { run } = await ask()
    const { runs } = master.context
    await until('its first attempt', async () => (await runs.get(run)).upstream.exit_code === 10)
    return { master, env, ask, run, runs }
  }

  it('queues one more run, which further requests join and make stronger', async () => {
    const { ask, run, runs } = await addBusy()
    const next = await ask()
    expect(next).toMatchObject({ running: run, note: 'already running; one more run follows' })
    expect(next.run).not.toBe(run)
    expect(await runs.get(next.run)).toMatchObject({ state: 'queued', mode: 'sync', force: false })
    for (const query of ['&mode=full', '&force=true', ''])
      expect(await ask(query)).toMatchObject({ run: next.run, running: run, note: 'already queued' })
    const { upstream } = await runs.get(run)
    expect(upstream).toMatchObject({ state: 'syncing', attempt_limit: 4, next_attempt_at: expect.any(String) })
    await runs.stop(run)
    expect((await runs.get(run)).upstream).toMatchObject({ state: 'stopped', next_attempt_at: null })
    await until('the next to begin', async () => (await runs.get(next.run)).upstream.exit_code === 10)
    expect(await runs.get(next.run)).toMatchObject({ mode: 'full', force: true })
    expect(runs.findActive(next.run)?.request).toMatchObject({ mode: 'full', force: true })
    expect((await runs.get(run)).state).toBe('stopped')
  })

  it('goes to the upstream that was picked last', async () => {
    const { ask, run, runs } = await addBusy({
      upstreams: [{ rsync_host: '127.0.0.1', rsync_port: 9, rsync_module: 'n' }],
    })
    const next = await ask('&upstream=1')
    for (const query of ['&upstream=2', '&mode=full']) expect(await ask(query)).toMatchObject({ run: next.run })
    await runs.stop(run)
    await until('the next to begin', async () => (await runs.get(next.run)).upstream.exit_code === 10)
    expect(runs.findActive(next.run)?.request).toMatchObject({ mode: 'full', upstream: 2 })
    expect(await runs.get(next.run)).toMatchObject({ from_upstream: 2, upstream: { upstream: 2 } })
  })

  it('never lets dry and real ones merge', async () => {
    const { ask, run, runs } = await addBusy()
    const dry = await ask('&dry_run=true')
    const real = await ask()
    expect(new Set([run, dry.run, real.run]).size).toBe(3)
    expect(await ask('&dry_run=true&mode=full')).toMatchObject({ run: dry.run })
    expect(await runs.get(real.run)).toMatchObject({ dry_run: false, mode: 'sync' })
    await runs.stop(run)
    await until('the dry one to begin', async () => (await runs.get(dry.run)).state === 'syncing')
    expect((await runs.get(real.run)).state).toBe('queued')
    expect(await ask('&force=true')).toMatchObject({ run: real.run, running: dry.run })
    await runs.stop(dry.run)
    await until('the real one to begin', async () => (await runs.get(real.run)).state === 'syncing')
    expect(runs.findActive(real.run)?.request).toMatchObject({ dryRun: false, mode: 'sync', force: true })
  })

  it('carries the fire times that fall due meanwhile; a dry one does not', async () => {
    const { master, ask, run, runs } = await addBusy({ cron_options: { year: 2099 } })
    const { store } = master.context
    const { key = '', next_run_time: next = null } = (await store.findProject('busy')) ?? {}
    const fire = () => runs.enqueue(key, plainRequest('schedule'), { was: next, next })
    const isDue = async () => (await store.findProject('busy'))?.due_again
    const dry = await ask('&dry_run=true')
    await fire()
    expect(await isDue()).toBe(true)
    const real = await ask()
    expect(await isDue()).toBe(false)
    expect(await fire()).toMatchObject({ run: { run: real.run }, note: 'already queued' })
    expect(await isDue()).toBe(false)
    for (const each of [run, dry.run, real.run]) await runs.stop(each)
    await until('the end of all', () => runs.listActive().length === 0)
    expect((await master.ask('/list_runs/?id=busy')).body).toHaveLength(3)
  })

  it('can be stopped while it waits; the run under way goes on', async () => {
    const { ask, run, runs } = await addBusy()
    const next = await ask()
    expect((await runs.stop(next.run)).state).toBe('stopped')
    expect((await runs.get(run)).state).toBe('syncing')
    expect(await ask()).toMatchObject({ running: run, note: 'already running; one more run follows' })
  })

  it('ends with its project', async () => {
    const { master, ask, runs } = await addBusy()
    await ask()
    await ask('&dry_run=true')
    expect((await master.ask('/remove_project/', { id: 'busy' })).status).toBe(200)
    expect(runs.listActive()).toEqual([])
  })

  it('is kept over a stop of the master, which interrupts the run under way', async () => {
    const { master, env, ask, run } = await addBusy({ cron_options: { year: 2099 } })
    const { store } = master.context
    const next = await ask('&mode=full&force=true')
    const dry = await ask('&dry_run=true')
    await master.context.quiesce()
    expect(await store.findRun(run)).toMatchObject({ state: 'interrupted', error: { code: 'INTERRUPTED' } })
    for (const one of [next, dry]) expect(await store.findRun(one.run)).toMatchObject({ state: 'queued' })
    await master.context.stop()

    const again = await startTestMaster(env)
    await again.context.schedules.start(await again.context.runs.recover())
    const { runs } = again.context
    await until('it to begin', async () => (await runs.get(next.run)).upstream.exit_code === 10)
    expect(runs.findActive(next.run)?.request).toMatchObject({ dryRun: false, mode: 'full', force: true })
    expect((await runs.get(dry.run)).state).toBe('queued')
    // It carries what was cut off, too.
    expect(await again.context.store.findProject('busy')).toMatchObject({ due_again: false })
    expect((await again.ask('/list_runs/?id=busy')).body).toHaveLength(3)
  })

  it('that rolls back is refused', async () => {
    const { master, runs } = await addBusy()
    const key = (await master.context.store.findProject('busy'))?.key ?? ''
    const back = { generation: 1, tag: '1'.repeat(16) }
    await expect(runs.enqueue(key, { ...plainRequest('rollback'), back })).rejects.toMatchObject({
      code: 'PROJECT_BUSY',
    })
  })

  it('lets a scheduled run wait for so many requested ones only', async () => {
    // It takes the only place, and says nothing.
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const env = { MAX_CONCURRENT_SYNCS: '1', RETRY_LIMIT: '0', ...(await makeEnv()) }
    const master = await startTestMaster(env)
    const { runs, store } = master.context
    await runs.recover()
    const { port } = silent.address() as AddressInfo
    await addUnreachable(master, 'holding', { rsync_port: port })
    const holding = (await master.ask('/syncup/?id=holding')).body.run
    await until('it to run', async () => (await runs.get(holding)).state === 'syncing')
    await addUnreachable(master, 'scheduled')
    const { key = '' } = (await store.findProject('scheduled')) ?? {}
    const scheduled = (await runs.enqueue(key, plainRequest('schedule')))?.run.run ?? ''
    const requested: string[] = []
    for (let number = 0; number < MANY; number++) {
      await addUnreachable(master, `requested-${number}`)
      requested.push((await master.ask(`/syncup/?id=requested-${number}`)).body.run)
    }
    await runs.stop(holding)
    const startOf = async (run: string) =>
      (await until('its end', async () => ((await runs.get(run)).finished_at === null ? null : runs.get(run))))
        .started_at
    const began = (await startOf(scheduled)) ?? ''
    const starts = await Promise.all(requested.map(startOf))
    expect(starts.filter((start) => (start ?? '') < began).length).toBeLessThan(MANY / 2)
  })
}

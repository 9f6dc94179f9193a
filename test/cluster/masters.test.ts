// Three masters on one database, real processes all: who does what, and what each of them knows.

import { existsSync, lstatSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SampleMaster } from '../../scripts/sample/masters.ts'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { useMasters } from '../helpers/masters.ts'

const sample = useMasters({ sharedDisk: false })
const { masterAt, add } = sample

describe('several masters', () => {
  it('know each other, and everything that any of them is told', async () => {
    for (const { api } of sample.fleet.masters) {
      const listed = await until('all to be up', async () => {
        const masters = await api.ask('/list_masters/')
        return masters.length === 3 && masters.every(({ state }: { state: string }) => state === 'up') ? masters : null
      })
      expect(listed.map(({ node }: { node: string }) => node)).toEqual(['one', 'three', 'two'])
    }
    await add(masterAt(0), 'known', { node: 'one' })
    for (const { api } of sample.fleet.masters) {
      const [project] = await api.ask('/list_projects/')
      expect(project).toMatchObject({ id: 'known', node: 'one', lead: 'one', stuck: null })
    }
  })

  it('take a sync anywhere; the one that holds the disk carries it, and the slaves follow', async () => {
    await add(masterAt(0), 'carried', { node: 'one' })
    const run = await masterAt(2).api.sync('carried')
    expect(run).toMatchObject({ state: 'succeeded', node: 'one', slaves: [{ state: 'succeeded', method: 'slow' }] })
    expect(compareTrees(sample.upstream.folder, path.join(masterAt(0).destRoot, 'carried'))).toBe('')
    for (const slave of sample.fleet.slaves)
      expect(compareTrees(sample.upstream.folder, path.join(slave.publicFolder, 'carried'))).toBe('')
  })
})

describe('a project with an interval', () => {
  it('runs again after each end, whichever master is told of it', async () => {
    await add(masterAt(0), 'again', { node: 'one', interval_s: 1 })
    const runsOf = () => masterAt(1).api.ask('/list_runs/?id=again') as Promise<Run[]>
    await until('three runs to end', async () => {
      const ended = (await runsOf()).filter(({ state }) => state === 'succeeded')
      return ended.length >= 3
    })
    await masterAt(2).api.ask('/update_project/basic/', { id: 'again', interval_s: null })
    await until('its runs to end', async () => (await runsOf()).every(({ finished_at }) => finished_at !== null))
    const runs = (await runsOf()).sort((a, b) => a.queued_at.localeCompare(b.queued_at))
    for (const [index, run] of runs.entries()) {
      expect(run).toMatchObject({ node: 'one', trigger: 'schedule' })
      const before = runs[index - 1]?.finished_at
      if (before) expect(Date.parse(run.queued_at) - Date.parse(before)).toBeGreaterThanOrEqual(1_000)
    }
    expect(await masterAt(1).api.ask('/list_projects/?id=again')).toMatchObject([{ next_run_time: null }])
  })
})

describe('a run that another master carries', () => {
  it('is seen with its progress, its log is read, and it is stopped, from anywhere', async () => {
    await add(masterAt(0), 'watched', { node: 'one', rsync_options: { basic: ['--bwlimit=20'] } })
    const { api, url } = masterAt(1)
    const events = await readEvents(url, await tokenOf(masterAt(1)))
    const { run } = await api.ask('/syncup/?id=watched')
    await until('progress to be told here', () => events.text().includes('event: run.progress'))
    const seen = await api.ask(`/get_run/?run=${run}`)
    expect(seen).toMatchObject({ state: 'syncing', node: 'one', upstream: { progress: expect.anything() } })
    await until('its log here', async () => (await api.ask(`/run_log/?run=${run}`)).includes('README'))
    const next = await api.ask('/syncup/?id=watched')
    expect(next).toMatchObject({ running: run, note: 'already running; one more run follows' })
    expect(await masterAt(2).api.ask('/stop_run/', { run: next.run })).toMatchObject({ state: 'stopped' })
    expect(await masterAt(2).api.ask('/stop_run/', { run })).toMatchObject({ state: 'stopped' })
    expect(events.text()).toContain('"state":"stopped"')
    events.stop()
  })

  it('takes over what is requested elsewhere while it waits there for its turn', async () => {
    // MAX_SYNCS_PER_HOST is 2.
    const slow = { node: 'one', rsync_options: { basic: ['--bwlimit=20'] } }
    const before: string[] = []
    for (const id of ['ahead-1', 'ahead-2']) {
      await add(masterAt(0), id, slow)
      before.push((await masterAt(0).api.ask(`/syncup/?id=${id}`)).run)
    }
    const { api } = masterAt(1)
    const stateOf = async (run: string) => (await api.ask(`/get_run/?run=${run}`)).state
    for (const run of before) await until('it to run', async () => (await stateOf(run)) === 'syncing')
    await add(masterAt(0), 'stronger', { node: 'one' })
    const { run } = await masterAt(0).api.ask('/syncup/?id=stronger')
    expect(await api.ask('/syncup/?id=stronger&mode=full&force=true')).toMatchObject({ run, note: 'already queued' })
    for (const one of before) await api.ask('/stop_run/', { run: one })
    expect(await api.waitForRun(run)).toMatchObject({ state: 'succeeded', node: 'one', mode: 'full', force: true })
    expect(await api.ask(`/run_log/?run=${run}`)).toContain('--checksum')
  })

  it('can be stopped while nobody has taken it yet', async () => {
    await add(masterAt(0), 'waiting', { node: 'one', rsync_options: { basic: ['--bwlimit=20'] } })
    await add(masterAt(0), 'hurrying', { node: 'one' })
    await masterAt(1).api.ask('/disable_project/?id=waiting')
    const runs = await Promise.all(['waiting', 'hurrying'].map((id) => masterAt(1).api.ask(`/syncup/?id=${id}`)))
    for (const { run } of runs) {
      const { status, body } = await masterAt(2).api.call('/stop_run/', { run })
      expect([status, body.state ?? body.error.code]).toEqual(status === 200 ? [200, 'stopped'] : [409, 'RUN_ENDED'])
    }
  })

  it('stop at once when told so while a master is just taking them', async () => {
    await add(masterAt(0), 'halted', { node: 'one', rsync_port: 9 })
    for (let time = 0; time < 20; time++) {
      const { run } = await masterAt(0).api.ask('/syncup/?id=halted')
      expect(await masterAt(time % 3).api.ask('/stop_run/', { run })).toMatchObject({ state: 'stopped' })
    }
  })
})

describe('what needs a disk', () => {
  it('is handed to the master that has it: adding, renaming, rolling back, purging', async () => {
    const { api } = masterAt(2)
    const two = masterAt(1)
    await api.ask('/add_project/', {
      project: 'placed',
      rsync_host: '127.0.0.1',
      rsync_port: sample.upstream.port,
      rsync_module: sample.upstream.module,
      dest: two.destRoot,
      node: 'two',
      publish: 'atomic',
    })
    expect(await api.sync('placed')).toMatchObject({ state: 'succeeded', node: 'two', generation: 1 })
    writeFileSync(path.join(sample.upstream.folder, 'more'), 'more\n')
    expect(await api.sync('placed')).toMatchObject({ state: 'succeeded', generation: 2 })
    const { run } = await api.ask('/rollback_project/', { id: 'placed' })
    await until('the rollback', async () => (await api.ask(`/get_run/?run=${run}`)).state === 'succeeded')
    expect(existsSync(path.join(two.destRoot, 'placed', 'more'))).toBe(false)
    // As this master's own page asks, over plain HTTP.
    const page = { origin: masterAt(2).url, referer: `${masterAt(2).url}/projects` }
    const renamed = await api.call('/update_project/basic/', { id: 'placed', project: 'renamed' }, page)
    expect(renamed).toMatchObject({ status: 200 })
    expect(existsSync(path.join(two.destRoot, 'renamed', 'disk.img'))).toBe(true)
    expect(lstatSync(path.join(two.destRoot, 'renamed')).isSymbolicLink()).toBe(true)
    await api.ask('/remove_project/', { id: 'renamed', purge: true })
    expect(existsSync(path.join(two.destRoot, 'renamed'))).toBe(false)
  })

  it('names a master that there is not', async () => {
    const { status, body } = await masterAt(0).api.call('/add_project/', {
      project: 'lost',
      rsync_host: '127.0.0.1',
      rsync_module: 'm',
      dest: masterAt(0).destRoot,
      node: 'four',
    })
    expect([status, body.error.field]).toEqual([400, 'node'])
    expect(body.error.message).toContain('one, three, two')
  })
})

describe('a schedule', () => {
  it('leads to exactly one run for each fire time, whichever master gets it', async () => {
    await add(masterAt(0), 'often', { node: 'one', cron_options: { second: '*/4' } })
    await until('four runs', async () => (await masterAt(1).api.ask('/list_runs/?id=often')).length >= 4)
    await masterAt(2).api.ask('/disable_project/?id=often')
    const runs: Run[] = await masterAt(1).api.ask('/list_runs/?id=often')
    const fires = runs.map((run) => Math.floor(Date.parse(run.queued_at) / 4_000))
    expect(new Set(fires).size).toBe(fires.length)
    expect(Math.max(...fires) - Math.min(...fires)).toBe(fires.length - 1)
    expect(new Set(runs.map((run) => run.trigger))).toEqual(new Set(['schedule']))
  })
})

describe('log-ins', () => {
  it('hold on every master: tokens, their end, new passwords, and who guesses', async () => {
    const [one, two, three] = [masterAt(0), masterAt(1), masterAt(2)]
    await one.api.ask('/create_api_user/', { username: 'guest', password: 'first password', role: 'viewer' })
    const ask = (at: SampleMaster, authorization: string) =>
      fetch(`${at.url}/list_projects/`, { headers: { authorization } }).then(({ status }) => status)
    const basic = (password: string) => `Basic ${Buffer.from(`guest:${password}`).toString('base64')}`
    const asked = await fetch(`${two.url}/get_token/`, { headers: { authorization: basic('first password') } })
    const { token } = (await asked.json()) as { token: string }
    expect(await ask(three, `Bearer ${token}`)).toBe(200)
    await three.api.ask('/update_api_user/', { username: 'guest', password: 'second password' })
    expect(await ask(one, `Bearer ${token}`)).toBe(401)
    expect(await ask(one, basic('first password'))).toBe(401)
    expect(await ask(two, basic('second password'))).toBe(200)
    // At once, so that they all count within the minute of the limit; the wrong passwords above count too.
    const statuses = await Promise.all(
      Array.from({ length: 30 }, (_, guess) =>
        ask(masterAt(guess % 3), `Basic ${Buffer.from(`nobody:${guess}`).toString('base64')}`),
      ),
    )
    const refused = statuses.filter((status) => status === 429).length
    expect(refused).toBeGreaterThanOrEqual(10)
    expect(statuses.filter((status) => status === 401)).toHaveLength(30 - refused)
  })
})

const tokenOf = async (at: SampleMaster): Promise<string> => (await at.api.ask('/get_token/')).token

/** Reads a master's events until it is told to stop. */
async function readEvents(url: string, token: string): Promise<{ text: () => string; stop: () => void }> {
  const end = new AbortController()
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${url}/events/`, { headers, signal: end.signal })
  let text = ''
  void (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString('utf8')
  })().catch(() => {})
  return { text: () => text, stop: () => end.abort() }
}

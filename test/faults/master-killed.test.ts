// kill -9 of the master in each state of a run.

import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { commandLinesWith } from '../helpers/processes.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({
  slaves: 1,
  settings: { MAX_CONCURRENT_SYNCS: '1', SLAVE_POLL_S: '1', SYNC_TIMEOUT_S: '120' },
})

const SLOW_OPTIONS = { basic: ['--bwlimit=400k'], defaults: ['-aH'], delete: '--delete' }
/** Slow on both ways, from the upstream and to the slaves. */
const SLOW = { rsync_options: SLOW_OPTIONS, fanout_options: SLOW_OPTIONS }

const stateOf = async (run: string): Promise<Run> => sample.fleet.api.ask(`/get_run/?run=${run}`)

const killAndRestart = async (): Promise<void> => {
  sample.fleet.master.signal('SIGKILL')
  await sample.fleet.master.ended
  await sample.fleet.startMaster()
}

/** Starts a run of a project of its own, waits for the state, kills the master, and looks at what is left. */
const killIn = async (project: string, state: Run['state'], before?: () => Promise<unknown>): Promise<Run> => {
  const { api } = sample.fleet
  await api.ask('/add_project/', sample.payload(project, SLOW))
  await before?.()
  const { run } = await api.ask(`/syncup/?id=${project}`)
  await until(`the state ${state}`, async () => {
    const found = await stateOf(run)
    // A little into it: rsync is writing.
    return found.state === state && (state === 'queued' || (found.upstream.progress?.bytes ?? 0) > 0)
  })
  await killAndRestart()
  return stateOf(run)
}

const expectEqualTrees = (project: string): void => {
  for (const folder of [sample.fleet.destRoot, ...sample.fleet.slaves.map((slave) => slave.publicFolder)]) {
    expect(compareTrees(sample.upstream.folder, path.join(folder, project))).toBe('')
  }
}

describe('kill -9 of the master', () => {
  it('while a run is syncing: interrupted, no rsync left, and the next goes on from what was fetched', async () => {
    const { api } = sample.fleet
    const { token } = await api.ask('/get_token/')
    await api.ask('/create_api_user/', { username: 'alice', password: 'password of alice', role: 'viewer' })
    const large = 3_000_000
    await writeFile(path.join(sample.upstream.folder, 'disk.img'), Buffer.alloc(large, 1))
    const run = await killIn('syncing', 'syncing')
    expect(run).toMatchObject({
      state: 'interrupted',
      upstream: { state: 'interrupted' },
      error: { code: 'INTERRUPTED' },
    })
    expect(commandLinesWith(`${sample.fleet.destRoot}/syncing`)).toEqual([])

    expect((await api.ask('/list_projects/?id=syncing'))[0]).toMatchObject({
      last_run: { run: run.run, state: 'interrupted' },
    })
    expect(await api.ask('/list_slaves/')).toHaveLength(1)
    expect((await api.ask('/list_users/')).map((user: { username: string }) => user.username)).toEqual([
      'root',
      'alice',
    ])
    const headers = { authorization: `Bearer ${token}` }
    expect((await fetch(`${api.url}/test/`, { headers })).status).toBe(200)

    const next = await api.sync('syncing')
    expect(next.state).toBe('succeeded')
    expect(next.upstream.summary?.bytes_transferred).toBeLessThan(large * 0.9)
    expectEqualTrees('syncing')
  })

  it('ends every process of it at once, without a restart', async () => {
    const { api, master, startMaster, destRoot, dataFolder, upstream } = { ...sample.fleet, ...sample }
    // One large file: the receiver would go on with it for long.
    await writeFile(path.join(upstream.folder, 'large.img'), Buffer.alloc(20_000_000, 1))
    await api.ask('/add_project/', sample.payload('tied', SLOW))
    await api.ask('/syncup/?id=tied')
    const own = () => [...commandLinesWith(`${destRoot}/tied`), ...commandLinesWith(`${dataFolder}/rsyncd`)]
    // rsync, its receiver, and rsyncd.
    await until('all of them', () => own().length >= 3)
    master.signal('SIGKILL')
    await master.ended
    await until('their end', () => own().length === 0, 5_000)
    await startMaster()
    await api.ask('/remove_project/', { id: 'tied', purge: true })
    await rm(path.join(upstream.folder, 'large.img'))
  })

  it('while a run waits in the queue: it is carried out after the restart', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('blocker', SLOW))
    const { run } = await killIn('queued', 'queued', () => api.ask('/syncup/?id=blocker'))
    expect(await api.waitForRun(run)).toMatchObject({ state: 'succeeded' })
    expect(await api.ask('/list_runs/?id=queued')).toHaveLength(1)
    expectEqualTrees('queued')
  })

  it('while a run waits for another one of its project: it follows after the restart, as strong as requested', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('followed', SLOW))
    const { run } = await api.ask('/syncup/?id=followed')
    await until('it to run', async () => (await stateOf(run)).state === 'syncing')
    const next = await api.ask('/syncup/?id=followed')
    expect(await api.ask('/syncup/?id=followed&mode=full&force=true')).toMatchObject({ run: next.run, running: run })
    await killAndRestart()
    expect(await stateOf(run)).toMatchObject({ state: 'interrupted' })
    expect(await api.waitForRun(next.run)).toMatchObject({ state: 'succeeded', mode: 'full', force: true })
    expect(await api.ask('/list_runs/?id=followed')).toHaveLength(2)
    expectEqualTrees('followed')
  })

  it("while slaves pull: interrupted, and the slave's late report is not lost", async () => {
    const { api, slaves } = sample.fleet
    await api.ask('/add_project/', sample.payload('fanning', SLOW))
    const { run } = await api.ask('/syncup/?id=fanning')
    await until('the fan-out', async () => (await stateOf(run)).slaves[0]?.state === 'syncing')
    sample.fleet.master.signal('SIGKILL')
    await sample.fleet.master.ended
    await sample.fleet.startMaster()
    expect(await stateOf(run)).toMatchObject({ state: 'interrupted', generation: 1, slaves: [{ state: 'stopped' }] })
    await until('the slave to be up to date', async () => {
      const [slave] = await api.ask('/list_slaves/')
      return slave.projects.fanning.lag === 0
    })
    expect(slaves).toHaveLength(1)
    expectEqualTrees('fanning')
  })

  it('loses no finished run and doubles none', async () => {
    const runs: Run[] = await sample.fleet.api.ask('/list_runs/?limit=1000')
    expect(new Set(runs.map((run) => run.run)).size).toBe(runs.length)
    expect(runs.filter((run) => run.state === 'succeeded').length).toBeGreaterThanOrEqual(2)
  })
})

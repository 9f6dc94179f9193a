// kill -9 of a slave, and a master that is away when a slave has something to report.

import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { commandLinesWith } from '../helpers/processes.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1' } })

const SLOW_OPTIONS = { basic: ['--bwlimit=500k'], defaults: ['-aH'], delete: '--delete' }
/** Slow on both ways, from the upstream and to the slaves. */
const SLOW = { rsync_options: SLOW_OPTIONS, fanout_options: SLOW_OPTIONS }

const startFanOut = async (project: string): Promise<string> => {
  const { api } = sample.fleet
  await api.ask('/add_project/', sample.payload(project, SLOW))
  const { run } = await api.ask(`/syncup/?id=${project}`)
  await until('the fan-out', async () => {
    const found: Run = await api.ask(`/get_run/?run=${run}`)
    return found.slaves.length === 2 && found.slaves.every((slave) => slave.state === 'syncing')
  })
  return run
}

const slaveAt = (index: number) => {
  const slave = sample.fleet.slaves[index]
  if (slave === undefined) throw new Error('no such slave')
  return slave
}

describe('kill -9 of a slave', () => {
  it('ends the run partial within bounds, and the slave is brought up to date when it is back', async () => {
    const { api, startSlave } = sample.fleet
    const victim = slaveAt(1)
    const runId = await startFanOut('killed')
    await until('its rsync', () => commandLinesWith(`${victim.publicFolder}/killed`).length > 0)
    victim.process?.signal('SIGKILL')
    await until('the end of its rsync', () => commandLinesWith(`${victim.publicFolder}/killed`).length === 0, 5_000)
    const run = await api.waitForRun(runId)
    expect(run.state).toBe('partial')
    expect(run.slaves.find((slave) => slave.slave_id === victim.id)).toMatchObject({
      state: 'unreachable',
      error: expect.stringContaining('stopped answering'),
    })
    await until('the watch to see it down', async () =>
      (await api.ask('/list_slaves/')).some((slave: { state: string }) => slave.state === 'down'),
    )

    await startSlave(victim)
    await until('the slave to have caught up', async () => {
      const slave = (await api.ask('/list_slaves/')).find((one: { id: string }) => one.id === victim.id)
      return slave.state === 'up' && slave.projects.killed.lag === 0
    })
    expect(compareTrees(sample.upstream.folder, path.join(victim.publicFolder, 'killed'))).toBe('')
    const [latest] = await api.ask('/list_runs/?id=killed&limit=1')
    const refresh = await api.waitForRun(latest.run)
    expect(refresh).toMatchObject({
      trigger: 'catch_up',
      state: 'succeeded',
      upstream: { state: 'skipped' },
      slaves: [{ slave_id: victim.id }],
    })
    expect((await api.ask('/list_projects/?id=killed'))[0].last_run).toMatchObject({ state: 'succeeded' })
  })

  it('and a restart within the run reports the job as failed and leaves no rsync of before', async () => {
    const { api, startSlave } = sample.fleet
    const victim = slaveAt(0)
    const runId = await startFanOut('restarted')
    await until('its rsync', () => commandLinesWith(`${victim.publicFolder}/restarted`).length > 0)
    victim.process?.signal('SIGKILL')
    await victim.process?.ended
    await startSlave(victim)
    const run = await api.waitForRun(runId)
    expect(run.slaves.find((slave) => slave.slave_id === victim.id)?.error).toMatch(
      /restarted in the middle|stopped answering/,
    )
    await until('the slave to have caught up', async () => {
      const slave = (await api.ask('/list_slaves/')).find((one: { id: string }) => one.id === victim.id)
      return slave.projects.restarted.lag === 0
    })
    expect(compareTrees(sample.upstream.folder, path.join(victim.publicFolder, 'restarted'))).toBe('')
  })
})

describe('a report', () => {
  it("waits on the slave's disk until the master is back", async () => {
    const { api, slaves, startMaster, master } = sample.fleet
    await startFanOut('waiting')
    master.signal('SIGKILL')
    await master.ended
    const reportsOf = (slave: { dataFolder: string }) =>
      readdirSync(path.join(slave.dataFolder, 'reports')).filter((name) => name.endsWith('.json'))
    await until('the reports to be on disk', () => slaves.every((slave) => reportsOf(slave).length === 1))
    await startMaster()
    await until('the reports to be acknowledged', () => slaves.every((slave) => reportsOf(slave).length === 0))
    // Those reports are of an earlier epoch: what the slaves serve the master asks them, sooner or later.
    await until('the master to know of the trees', async () => {
      const slaves: SlaveView[] = await api.ask('/list_slaves/')
      return slaves.every(({ projects }) => projects.waiting?.anchor === 1 && projects.waiting.lag === 0)
    })
  })

  it('that comes twice, or of a run that nobody knows, changes nothing', async () => {
    const { api } = sample.fleet
    const run = await api.sync('killed')
    const [stage] = run.slaves
    const headers = sample.logInOf(stage?.slave_id ?? '', 'to-master')
    const report = {
      run: run.run,
      slave_id: stage?.slave_id,
      project: 'killed',
      state: 'failed',
      generation: null,
      tag: null,
      method: null,
      drift: null,
      source: null,
      started_at: null,
      finished_at: '2026-01-01T00:00:00Z',
      exit_code: 12,
      summary: null,
      error: 'a lie',
      log: 'x',
    }
    expect((await api.call('/slave_rsync_complete/', report, headers)).status).toBe(200)
    expect(await api.ask(`/get_run/?run=${run.run}`)).toEqual(run)
    expect((await api.call('/slave_rsync_complete/', { ...report, run: 'nobody-1' }, headers)).body).toMatchObject({
      error: { code: 'RUN_NOT_FOUND' },
    })
    const stranger = { ...report, slave_id: 'stranger:1' }
    expect((await api.call('/slave_rsync_complete/', stranger, headers)).body).toMatchObject({
      error: { code: 'NOT_ITS_REPORT' },
    })
    const strangers = sample.logInOf('stranger:1', 'to-master')
    expect((await api.call('/slave_rsync_complete/', stranger, strangers)).body).toMatchObject({
      error: { code: 'RUN_NOT_FOUND' },
    })
  })
})

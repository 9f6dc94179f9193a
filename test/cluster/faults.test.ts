// What three masters on one database survive: kill -9, and a database that crashes; nothing is lost, nothing is done twice.

import { describe, expect, it } from 'vitest'
import type { SampleMaster } from '../../scripts/sample/masters.ts'
import { until } from '../../scripts/sample/until.ts'
import { projectOf, runsOf, useLoad } from '../helpers/load.ts'
import { useMasters } from '../helpers/masters.ts'
import { processesWith } from '../helpers/processes.ts'

const MINUTE_MS = 60_000
const SLOW = { basic: ['--bwlimit=20'] }

const sample = useMasters({ sharedDisk: true })
const { masterAt } = sample
const load = useLoad(sample)
const add = (project: string, more: object) => sample.add(masterAt(0), project, more)

const kill = async (at: SampleMaster): Promise<void> => {
  at.process?.signal('SIGKILL')
  await at.process?.ended
}

describe('three masters under load', () => {
  it('one is killed: what may go elsewhere does within a minute, its own is stuck until it is back', async () => {
    const [one, two] = [masterAt(0), masterAt(1)]
    // A slave without SLAVE_ID learns the masters with its first order.
    await load.goesOn(one)
    for (const id of ['own', 'given']) await add(id, { node: 'one' })
    await add('moving', { node: 'any', cron_options: { year: 2099 }, rsync_options: SLOW })
    expect(await projectOf(two, 'moving')).toMatchObject({ lead: 'one' })
    const { run } = await two.api.ask('/syncup/?id=moving')
    await until('it to run', async () => (await two.api.ask(`/get_run/?run=${run}`)).state === 'syncing')
    await kill(one)
    const killed = performance.now()
    const moved = await until('it to be handed over', async () => {
      const project = await projectOf(two, 'moving')
      return project.lead === 'one' ? null : project
    })
    expect(performance.now() - killed).toBeLessThan(MINUTE_MS)
    expect(moved.stuck).toBeNull()
    expect(await two.api.ask(`/get_run/?run=${run}`)).toMatchObject({ state: 'interrupted', node: 'one' })
    const again = await until('its run again', async () => (await runsOf(two, 'moving')).find((one) => one.run !== run))
    expect(again).toMatchObject({ trigger: 'catch_up', node: moved.lead })
    await two.api.ask('/stop_run/', { run: again.run })
    const stuck = await until('its own to be stuck', async () => (await projectOf(two, 'own')).stuck)
    expect(stuck).toContain('Its master "one" has not responded since')
    const { run: waiting } = await two.api.ask('/syncup/?id=own')
    const purge = await two.api.call('/remove_project/', { id: 'own', purge: true })
    expect([purge.status, purge.body.error.code]).toEqual([503, 'MASTER_DOWN'])
    const others = { node: 'two', ids: ['given', moved.id] }
    expect((await two.api.call('/assign_node/', { ...others, ids: ['given', 'no-such'] })).body.error).toMatchObject({
      code: 'PROJECT_NOT_FOUND',
      field: 'ids.1',
    })
    expect(await projectOf(two, 'given')).toMatchObject({ node: 'one' })
    // One of them is led by a third master, which is up.
    // This master may hear a moment later than the leader that the first one is down.
    await until('both to be given', async () => (await two.api.call('/assign_node/', others)).status === 200)
    for (const id of others.ids)
      expect(await projectOf(two, id)).toMatchObject({ node: 'two', lead: 'two', stuck: null })
    await load.goesOn(two)
    await one.start()
    expect(await one.api.waitForRun(waiting)).toMatchObject({ state: 'succeeded', node: 'one' })
    expect(await projectOf(two, 'own')).toMatchObject({ lead: 'one', stuck: null })
  })

  it('one stands still: its rsync has ended when another takes over, and it does nothing more when it goes on', async () => {
    const [one, two] = [masterAt(0), masterAt(1)]
    await sample.add(two, 'standing', { node: 'any', cron_options: { year: 2099 }, rsync_options: SLOW })
    expect(await projectOf(one, 'standing')).toMatchObject({ lead: 'two' })
    const { run } = await two.api.ask('/syncup/?id=standing')
    // A master that stands still before it has told its watcher of the rsync could not have it ended.
    await until('its rsync to say something', async () =>
      String((await two.api.call(`/run_log/?run=${run}`)).body).includes('receiving'),
    )
    const old = [...processesWith('/standing').keys()]
    expect(old).not.toEqual([])
    two.process?.signal('SIGSTOP')
    const moved = await until('it to be handed over', async () => {
      const project = await projectOf(one, 'standing')
      return project.lead === 'two' ? null : project
    })
    const left = processesWith('/standing')
    expect(old.filter((pid) => left.has(pid))).toEqual([])
    two.process?.signal('SIGCONT')
    expect(await one.api.waitForRun(run)).toMatchObject({ state: 'interrupted', node: 'two' })
    const again = await until('its run again', async () =>
      (await runsOf(one, 'standing')).find((other) => other.run !== run),
    )
    expect(again).toMatchObject({ trigger: 'catch_up', node: moved.lead })
    await one.api.ask('/stop_run/', { run: again.run })
    await load.goesOn(one)
  })

  it('each of the others is killed and started at once', async () => {
    for (const master of [masterAt(1), masterAt(2)]) {
      await kill(master)
      await master.start()
      await load.goesOn(masterAt(0))
    }
  })

  it('the database crashes, and is stopped and started', async () => {
    for (const how of ['immediate', 'fast'] as const) {
      await sample.postgres.stop(how)
      const answer = await masterAt(1).api.call('/readyz')
      expect(answer.status).toBe(503)
      await sample.postgres.start()
      await until('all to be ready', async () => {
        const ready = await Promise.all(sample.fleet.masters.map(({ api }) => api.call('/readyz')))
        return ready.every(({ status }) => status === 200)
      })
      await load.goesOn(masterAt(2))
    }
  })

  it('after all of it nothing is lost and nothing was done twice', () => load.expectNothingLost())
})

// What three masters on one database survive: kill -9, a database that crashes, a network that is cut; nothing is lost, nothing is done twice.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cable, layCable } from '../../scripts/sample/cable.ts'
import type { SampleMaster } from '../../scripts/sample/masters.ts'
import { layNetworkCable } from '../../scripts/sample/network.ts'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { useMasters } from '../helpers/masters.ts'

const MINUTE_MS = 60_000
const LOAD = ['load-1', 'load-2', 'load-3', 'load-4']
const SLOW = { basic: ['--bwlimit=20'] }

let cable: Cable
// The last that ends: one of the masters hangs on it.
afterAll(() => cable?.remove())
const sample = useMasters({ sharedDisk: true })
const { masterAt } = sample
const add = (project: string, more: object) => sample.add(masterAt(0), project, more)

beforeAll(async () => {
  // Where no networks may be made, a relay that swallows bytes stands for one.
  cable = (await layNetworkCable(sample.postgres.socket)) ?? (await layCable(sample.postgres.port))
  for (const id of LOAD) await add(id, { node: 'any', cron_options: { second: '*/3' } })
})
afterAll(() => cable?.mend())

const projectOf = async (at: SampleMaster, id: string): Promise<ProjectView> =>
  (await at.api.ask(`/list_projects/?id=${id}`))[0]
const runsOf = (at: SampleMaster, id: string): Promise<Run[]> => at.api.ask(`/list_runs/?id=${id}&limit=1000`)
const kill = async (at: SampleMaster): Promise<void> => {
  at.process?.signal('SIGKILL')
  await at.process?.ended
}
/** Every load project goes on: it has a run that succeeded after now. */
const loadGoesOn = async (at: SampleMaster): Promise<void> => {
  const since = new Date().toISOString()
  for (const id of LOAD) {
    await until(`${id} to go on`, async () =>
      (await runsOf(at, id).catch(() => [])).some((run) => run.queued_at > since && run.state === 'succeeded'),
    )
  }
}

describe('three masters under load', () => {
  it('one is killed: what may go elsewhere does within a minute, its own is stuck until it is back', async () => {
    const [one, two] = [masterAt(0), masterAt(1)]
    await add('own', { node: 'one' })
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
    await loadGoesOn(two)
    await one.start()
    expect(await one.api.waitForRun(waiting)).toMatchObject({ state: 'succeeded', node: 'one' })
    expect(await projectOf(two, 'own')).toMatchObject({ lead: 'one', stuck: null })
  })

  it('each of the others is killed and started at once', async () => {
    for (const master of [masterAt(1), masterAt(2)]) {
      await kill(master)
      await master.start()
      await loadGoesOn(masterAt(0))
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
      await loadGoesOn(masterAt(2))
    }
  })

  it('the network to the database is cut: that master stops its work before another takes it over', async () => {
    const [one, three] = [masterAt(0), masterAt(2)]
    await three.process?.stop()
    const { database, ...address } = splitUrl(sample.fleet.storeUrl)
    await three.start({ STORE_URL: `postgres://${address.user}@${cable.host}:${cable.port}/${database}` })
    await until('the others to know', async () =>
      (await one.api.ask('/list_masters/')).every(({ state }: { state: string }) => state === 'up'),
    )
    await add('cut', { node: 'three', rsync_options: SLOW, fanout_options: SLOW, cron_options: { year: 2099 } })
    await one.api.ask('/update_project/basic/', { id: 'cut', node: 'any' })
    const { run } = await one.api.ask('/syncup/?id=cut')
    await until('it to run', async () => (await one.api.ask(`/get_run/?run=${run}`)).state === 'syncing')
    const rsyncs = () => rsyncsBelow(three.process?.pid ?? 0)
    expect(rsyncs()).not.toEqual([])
    cable.cut()
    const overlap = { seen: false }
    await until('it to be handed over', async () => {
      const project = await projectOf(one, 'cut')
      if (project.lead !== 'three' && rsyncs().length > 0) overlap.seen = true
      return project.lead !== 'three'
    })
    expect(overlap.seen).toBe(false)
    expect((await three.api.call('/readyz')).status).toBe(503)
    expect((await three.api.call('/list_projects/')).status).toBe(503)
    expect(await one.api.ask(`/get_run/?run=${run}`)).toMatchObject({ state: 'interrupted' })
    cable.mend()
    await until('it to be ready again', async () => (await three.api.call('/readyz')).status === 200)
    const again = await until('its run again', async () =>
      (await runsOf(one, 'cut')).find((other) => other.run !== run),
    )
    await one.api.ask('/stop_run/', { run: again.run })
    await loadGoesOn(three)
  })

  it('after all of it nothing is lost and nothing was done twice', async () => {
    const one = masterAt(0)
    for (const id of LOAD) await one.api.ask(`/disable_project/?id=${id}`)
    const all: Run[] = await until('all runs to end', async () => {
      const runs: Run[] = await one.api.ask('/list_runs/?limit=1000')
      return runs.every(({ state }) => hasEnded(state)) ? runs : null
    })
    for (const id of LOAD) {
      const runs = all.filter((run) => run.id === id)
      const numbers = runs.map(({ run }) => Number(run.split('-').at(-1))).sort((a, b) => a - b)
      expect(numbers).toEqual(numbers.map((_, index) => index + 1))
      const fires = runs.filter(({ trigger }) => trigger === 'schedule').map(({ queued_at }) => slotOf(queued_at))
      expect(new Set(fires).size).toBe(fires.length)
      const spans = runs.flatMap(({ started_at, finished_at }) =>
        started_at === null || finished_at === null ? [] : [[started_at, finished_at] as const],
      )
      spans.sort(([a], [b]) => (a < b ? -1 : 1))
      const overlaps = spans.filter(([, end], index) => (spans[index + 1]?.[0] ?? end) < end)
      expect(overlaps).toEqual([])
    }
    writeFileSync(path.join(sample.upstream.folder, 'last'), 'the last change\n')
    for (const id of LOAD) {
      expect(await masterAt(1).api.sync(id)).toMatchObject({ state: 'succeeded' })
      expect(compareTrees(sample.upstream.folder, path.join(one.destRoot, id))).toBe('')
      for (const slave of sample.fleet.slaves)
        expect(compareTrees(sample.upstream.folder, path.join(slave.publicFolder, id))).toBe('')
    }
  })
})

const slotOf = (time: string): number => Math.floor(Date.parse(time) / 3_000)

function splitUrl(url: string): { user: string; database: string } {
  const { username, pathname } = new URL(url)
  return { user: username, database: pathname.slice(1) }
}

/** The ids of the rsync processes that a master started, its daemon left out. */
function rsyncsBelow(pid: number): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, parent, command, ...args]) =>
        parent === String(pid) && command?.endsWith('rsync') && !args.includes('--daemon'),
    )
    .map(([id]) => id ?? '')
}

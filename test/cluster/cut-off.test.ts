// A master that is cut off from the database: it stops its work before another takes it over, and nothing is lost.

import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cable, layCable } from '../../scripts/sample/cable.ts'
import { layNetworkCable } from '../../scripts/sample/network.ts'
import { until } from '../../scripts/sample/until.ts'
import { projectOf, runsOf, useLoad } from '../helpers/load.ts'
import { useMasters } from '../helpers/masters.ts'

const SLOW = { basic: ['--bwlimit=20'] }

let cable: Cable
// The last that ends: one of the masters hangs on it.
afterAll(() => cable?.remove())
const sample = useMasters({ sharedDisk: true })
const { masterAt } = sample
const load = useLoad(sample)
const add = (project: string, more: object) => sample.add(masterAt(0), project, more)

beforeAll(async () => {
  // Where no networks may be made, a relay that swallows bytes stands for one.
  cable = (await layNetworkCable(sample.postgres.socket)) ?? (await layCable(sample.postgres.port))
})
afterAll(() => cable?.mend())

describe('three masters under load', () => {
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
    await load.goesOn(three)
  })

  it('after all of it nothing is lost and nothing was done twice', () => load.expectNothingLost())
})

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

// Slaves that pull from slaves: in tiers, past a dead one, and never in a circle.

import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SampleSlave } from '../../scripts/sample/fleet.ts'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 3, slaveRsyncd: true, settings: { SLAVE_POLL_S: '1' } })

const slaveAt = (index: number): SampleSlave => {
  const slave = sample.fleet.slaves[index]
  if (slave === undefined) throw new Error('no such slave')
  return slave
}
const setUpstream = (index: number, upstream: number | null) =>
  sample.fleet.api.call('/add_slave/', {
    hostname: 'localhost',
    port: slaveAt(index).port,
    upstream: upstream === null ? null : slaveAt(upstream).id,
  })
const logOf = (run: string, index: number): Promise<string> =>
  sample.fleet.api.ask(`/run_log/?run=${run}&slave=${encodeURIComponent(slaveAt(index).id)}`)
const expectEqual = (project: string): void => {
  for (const slave of sample.fleet.slaves)
    expect(compareTrees(sample.upstream.folder, `${path.join(slave.publicFolder, project)}/`)).toBe('')
}
const news = (text: string) => writeFileSync(path.join(sample.upstream.folder, 'news'), text)

beforeAll(async () => {
  // The master, then the first, then the second, then the third.
  expect((await setUpstream(1, 0)).body).toMatchObject({ success: true, details: 'Already added' })
  expect((await setUpstream(2, 1)).body.success).toBe(true)
})

describe.each(['in_place', 'atomic'])('a project that is published %s', (publish) => {
  it('goes from slave to slave, and by the names that changed', async () => {
    const { api } = sample.fleet
    const project = `tiers-${publish}`
    await api.ask('/add_project/', sample.payload(project, { publish }))
    expect((await api.sync(project)).state).toBe('succeeded')
    expectEqual(project)
    news(`${publish}\n`)
    const run = await api.sync(project)
    expect(run.slaves.map(({ state, method }) => [state, method])).toEqual(Array(3).fill(['succeeded', 'normal']))
    expectEqual(project)
    const ports = [sample.fleet.ports.rsyncd, slaveAt(0).rsyncdPort, slaveAt(1).rsyncdPort]
    for (const [index, port] of ports.entries())
      expect(await logOf(run.run, index)).toContain(`localhost:${port}/mirror`)
  })

  it('reaches those below a slave that is off from the master', async () => {
    const { api, startSlave } = sample.fleet
    const project = `tiers-${publish}`
    await slaveAt(0).process?.stop()
    news(`${publish} without the first\n`)
    const run = await api.sync(project)
    expect(run.slaves.map(({ state }) => state)).toEqual(['unreachable', 'succeeded', 'succeeded'])
    expect(await logOf(run.run, 1)).toContain(`localhost:${sample.fleet.ports.rsyncd}/mirror`)
    expect(readFileSync(path.join(slaveAt(2).publicFolder, project, 'news'), 'utf8')).toContain('without the first')
    await startSlave(slaveAt(0))
  })
})

it('a tree on another disk is not passed on from where it was before', async () => {
  const { api, root, startSlave } = sample.fleet
  const project = 'moved'
  const [above, below] = [slaveAt(0), slaveAt(1)]
  await api.ask('/add_project/', sample.payload(project, { publish: 'atomic' }))
  expect((await api.sync(project)).state).toBe('succeeded')
  await above.process?.stop()
  rmSync(path.join(above.publicFolder, project))
  const disk = path.join(root, 'other-disk', project)
  mkdirSync(disk, { recursive: true })
  symlinkSync(disk, path.join(above.publicFolder, project))
  await startSlave(above)
  // Each generation is in the other one of its two trees.
  for (const text of ['moved\n', 'moved, and changed\n', 'moved, and changed again\n']) {
    news(text)
    expect((await api.sync(project)).state).toBe('succeeded')
    expect(readFileSync(path.join(below.publicFolder, project, 'news'), 'utf8')).toBe(text)
  }
})

describe('an upstream', () => {
  it('that would make a circle, or is not there, is refused', async () => {
    expect((await setUpstream(0, 2)).body.error).toMatchObject({ code: 'SLAVE_CYCLE', field: 'upstream' })
    expect((await setUpstream(0, 0)).body.error.code).toBe('SLAVE_CYCLE')
    const { api } = sample.fleet
    const unknown = await api.call('/add_slave/', {
      hostname: 'localhost',
      port: slaveAt(0).port,
      upstream: 'nobody:1',
    })
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'SLAVE_NOT_FOUND', field: 'upstream' } } })
  })

  it('cannot be removed while others pull from it', async () => {
    const { api } = sample.fleet
    const answer = await api.call('/remove_slave/', { hostname: 'localhost', port: slaveAt(1).port })
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'SLAVE_IN_USE' } } })
    expect((await setUpstream(2, null)).body.success).toBe(true)
    expect((await api.ask('/list_slaves/')).map((slave: { upstream: string | null }) => slave.upstream)).toEqual([
      null,
      slaveAt(0).id,
      null,
    ])
  })
})

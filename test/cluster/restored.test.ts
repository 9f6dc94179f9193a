// A database that is restored from a dump, under masters that keep their folders: every node serves what the upstream has.

import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Masters, startMasters } from '../../scripts/sample/masters.ts'
import { type SamplePostgres, startPostgres } from '../../scripts/sample/postgres.ts'
import { compareTrees, makeSampleTree } from '../../scripts/sample/trees.ts'
import { startUpstream, type Upstream } from '../../scripts/sample/upstream.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const PROJECTS = ['in_place', 'atomic'] as const

let root = ''
let postgres: SamplePostgres
let upstream: Upstream
let fleet: Masters

beforeAll(async () => {
  root = temporaryFolder(true)
  postgres = await startPostgres()
  upstream = await startUpstream({ root: path.join(root, 'upstream') })
  await makeSampleTree(upstream.folder)
  const storeUrl = postgres.createDatabase('fleet')
  fleet = await startMasters({ root, storeUrl, nodes: ['one', 'two'], slaves: 1, sharedDisk: true })
})
afterAll(async () => {
  await fleet?.stop()
  await upstream?.stop()
  await postgres?.end()
  rmSync(root, { recursive: true, force: true })
})

const lead = () => {
  const [one] = fleet.masters
  if (one === undefined) throw new Error('no master')
  return one
}
const stopMasters = () => Promise.all(fleet.masters.map((master) => master.process?.stop()))
/** At once: whichever is first renews what must not come again. */
const startMastersAgain = () => Promise.all(fleet.masters.map((master) => master.start()))

let edits = 0
const edit = () => writeFile(path.join(upstream.folder, `edit-${++edits}`), '.'.repeat(edits))

const syncAll = async (): Promise<void> => {
  const { api, destRoot } = lead()
  const runs: Run[] = await Promise.all(PROJECTS.map((project) => api.sync(project)))
  expect(runs.map((run) => `${run.state} ${run.error?.message ?? ''}`)).toEqual(['succeeded ', 'succeeded '])
  const slaves: SlaveView[] = await api.ask('/list_slaves/')
  for (const project of PROJECTS) {
    expect(compareTrees(upstream.folder, path.join(destRoot, project))).toBe('')
    for (const { id, publicFolder } of fleet.slaves) {
      expect(compareTrees(upstream.folder, path.join(publicFolder, project))).toBe('')
      expect(slaves.find((slave) => slave.id === id)?.projects[project]?.lag).toBe(0)
      const health = await fetch(`http://${id}/healthz?project=${project}`)
      expect([health.status, await health.text()]).toEqual([200, expect.stringContaining('"ok"')])
    }
  }
}

it('a restored database leaves no node with anything old', async () => {
  for (const publish of PROJECTS) {
    await lead().api.ask('/add_project/', {
      project: publish,
      publish,
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: lead().destRoot,
    })
  }
  await syncAll()
  await stopMasters()
  postgres.copyDatabase('fleet', 'dump')
  await startMastersAgain()
  for (let generation = 0; generation < 3; generation++) {
    await edit()
    await syncAll()
  }
  await stopMasters()
  postgres.copyDatabase('dump', 'fleet')
  await edit()
  await startMastersAgain()
  await syncAll()
  await edit()
  await syncAll()
})

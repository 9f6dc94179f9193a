// Folders that two masters of a shared disk give out at the same time.

import path from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type SamplePostgres, startPostgres } from '../../../scripts/sample/postgres.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { startTestMaster } from '../../helpers/master.ts'

let postgres: SamplePostgres
let databases = 0
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

/** Two masters, and a project of another name at the second one while the first one stores what it was asked for. */
const startBoth = async () => {
  const root = path.join(temporaryFolder(), 'mirror')
  const shared = {
    STORE_URL: postgres.createDatabase(`folders_${++databases}`),
    STORE_KEY: 'a store key of the tests',
    MASTER_RSYNCD_PASSWORD: 'an rsyncd password of the tests',
    DEST_ROOT: root,
  }
  const one = await startTestMaster({ ...shared, MASTER_NODE: 'one' })
  const two = await startTestMaster({ ...shared, MASTER_NODE: 'two' })
  const payload = (project: string, more: object = {}) => ({
    project,
    rsync_host: 'rsync.example.org',
    rsync_module: 'm',
    dest: root,
    node: 'any',
    ...more,
  })
  const meanwhile = (verb: 'addProject' | 'updateProject', work: () => Promise<unknown>) => {
    const itself = one.context.store[verb] as (...values: unknown[]) => Promise<never>
    const write = vi.spyOn(one.context.store, verb) as unknown as ReturnType<typeof vi.fn>
    write.mockImplementationOnce(async (...values: unknown[]) => {
      await work()
      return itself(...values)
    })
  }
  return { one, two, root, payload, meanwhile }
}

it.each([
  ['inside', 'outer/inner', 'outer'],
  ['around', 'outer', 'outer/inner'],
])('one %s the other is not added', async (_name, mine, theirs) => {
  const { one, two, root, payload, meanwhile } = await startBoth()
  const at = (folder: string) => payload(path.basename(folder), { dest: path.join(root, path.dirname(folder)) })
  meanwhile('addProject', async () => expect((await two.ask('/add_project/', at(theirs))).status).toBe(200))
  expect((await one.ask('/add_project/', at(mine))).body.error).toMatchObject({ code: 'FOLDER_TAKEN', field: 'dest' })
  expect(await one.context.store.listProjects()).toHaveLength(1)
  expect((await one.ask('/add_project/', payload('apart'))).status).toBe(200)
})

it('one does not move into the other', async () => {
  const { one, two, root, payload, meanwhile } = await startBoth()
  await one.ask('/add_project/', payload('moving'))
  meanwhile('updateProject', async () => expect((await two.ask('/add_project/', payload('outer'))).status).toBe(200))
  const moved = await one.ask('/update_project/basic/', { id: 'moving', dest: path.join(root, 'outer') })
  expect(moved.body.error).toMatchObject({ code: 'FOLDER_TAKEN', field: 'dest' })
  expect(await one.context.store.findProject('moving')).toMatchObject({ dest: root })
})

it('the same folder on disks of two masters is two folders', async () => {
  const { one, two, root, payload } = await startBoth()
  expect((await one.ask('/add_project/', payload('outer', { node: 'one' }))).status).toBe(200)
  const inner = payload('inner', { node: 'two', dest: path.join(root, 'outer') })
  expect((await two.ask('/add_project/', inner)).status).toBe(200)
})

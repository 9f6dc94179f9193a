// Runs of a master on a PostgreSQL of the test's own, while their project's tree is being moved.

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { plainRequest } from '../../../master/records/run.ts'
import { enqueueNow } from '../../../master/runs/runs.ts'
import { type SamplePostgres, startPostgres } from '../../../scripts/sample/postgres.ts'
import { until } from '../../../scripts/sample/until.ts'
import { hasEnded } from '../../../shared/schemas/run-state.ts'
import { projectPayload, startTestMaster } from '../../helpers/master.ts'
import { testRequests } from '../../helpers/requests.ts'
import { addUnreachable, holdRest } from '../../helpers/runs.ts'

it('runs of a project whose tree is being moved wait for the move, taken by no master; other runs do not wait', async () => {
  const postgres = await startPostgres()
  // After the master is stopped: what is registered first is called last.
  onTestFinished(() => postgres.end())
  const master = await startTestMaster({
    STORE_URL: postgres.createDatabase('resting'),
    STORE_KEY: 'a store key of the tests',
    MASTER_RSYNCD_PASSWORD: 'an rsyncd password of the tests',
    RETRY_LIMIT: '0',
  })
  const { runs, store } = master.context
  for (const project of ['resting', 'busy']) await addUnreachable(master, project)
  await runs.recover()
  const { project, end } = await holdRest(master.context, 'resting')
  const { run } = await enqueueNow(runs, project.key, plainRequest('explicit'))
  const renamed = await master.ask('/update_project/basic/', { id: 'resting', project: 'other' })
  expect(renamed.body).toMatchObject({ error: { code: 'PROJECT_BUSY' } })
  // A run that was queued later is executed, so the first was not taken because of the lock.
  const { run: other } = (await master.ask('/syncup/?id=busy')).body
  await until('the end of another', async () => hasEnded((await runs.get(other)).state))
  expect(await store.findRun(run.run)).toMatchObject({ state: 'queued' })
  expect(runs.isActive(project.key)).toBe(false)
  await end()
  await until('its end', async () => hasEnded((await runs.get(run.run)).state))
})

it("a run is stopped by its own project's owner, whoever has the project's name by now", async () => {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.end())
  const master = await startTestMaster({
    STORE_URL: postgres.createDatabase('renamed'),
    STORE_KEY: 'a store key of the tests',
    MASTER_RSYNCD_PASSWORD: 'an rsyncd password of the tests',
  })
  const [anna, bob] = [await master.addUser('anna', 'upstreamuser'), await master.addUser('bob', 'upstreamuser')]
  const add = (project: string, login: typeof anna) =>
    master.ask('/add_project/', projectPayload(master, { project }), login)
  await add('first', anna)
  // No master takes it here.
  const { run } = (await master.ask('/syncup/?id=first', undefined, anna)).body
  expect((await master.ask('/update_project/basic/', { id: 'first', project: 'renamed' }, anna)).status).toBe(200)
  expect((await add('first', bob)).status).toBe(200)
  expect((await master.ask('/stop_run/', { run }, bob)).body).toMatchObject({ error: { code: 'NOT_OWNER' } })
  expect((await master.ask('/stop_run/', { run }, anna)).body).toMatchObject({ state: 'stopped' })
})

describe('a request while a run is under way', () => {
  let postgres: SamplePostgres
  let databases = 0
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.end())
  testRequests(async () => ({
    STORE_URL: postgres.createDatabase(`requests_${++databases}`),
    STORE_KEY: 'a store key of the tests',
    MASTER_RSYNCD_PASSWORD: 'an rsyncd password of the tests',
  }))
})

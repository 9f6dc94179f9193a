// The job queue on a PostgreSQL of the test's own, over a cable that is cut while a job is being handled.

import { it, onTestFinished } from 'vitest'
import { JobQueue } from '../../../master/cluster/job-queue.ts'
import { Database } from '../../../master/store/postgres/database.ts'
import { layCable } from '../../../scripts/sample/cable.ts'
import { startPostgres } from '../../../scripts/sample/postgres.ts'
import { until } from '../../../scripts/sample/until.ts'

it('the job queue continues after the database was unreachable while a job was handled', async () => {
  const postgres = await startPostgres()
  const cable = await layCable(postgres.port)
  const url = postgres.createDatabase('jobs').replace(String(postgres.port), String(cable.port))
  const database = new Database(url, 3)
  const errors: unknown[] = []
  const jobs = new JobQueue(database, (error) => errors.push(error))
  onTestFinished(async () => {
    await jobs.stop()
    await database.close()
    await cable.remove()
    await postgres.end()
  })
  await jobs.start('one')
  const handled: string[] = []
  jobs.workFires(async ({ key }) => {
    handled.push(key)
    if (key === 'first') cable.cut()
    if (key === 'refused') throw new Error('not now')
  })
  const at = new Date().toISOString()
  await jobs.sendFires([{ key: 'first', at }])
  // Nobody can tell the database that it is done: that is an error to be told of, and no more.
  await until('it to be noticed', () => errors.length > 0)
  cable.mend()
  await jobs.sendFires([{ key: 'second', at }])
  await until('the next', () => handled.includes('second'))
  await jobs.sendFires([{ key: 'refused', at }])
  await until('it to be tried again', () => handled.filter((key) => key === 'refused').length > 1)
})

// Guesses at several masters of one database at once.

import { expect, it, onTestFinished } from 'vitest'
import { startPostgres } from '../../scripts/sample/postgres.ts'
import { countStatuses } from '../helpers/guesses.ts'
import { ROOT, startTestMaster } from '../helpers/master.ts'

it('several masters together check no more passwords than the limit, and any number of right ones', async () => {
  const postgres = await startPostgres()
  onTestFinished(postgres.end)
  const shared = {
    STORE_URL: postgres.createDatabase('guesses'),
    STORE_KEY: 'store-key-of-the-guesses',
    MASTER_RSYNCD_PASSWORD: 'rsyncd-password',
  }
  const urls: string[] = []
  for (const MASTER_NODE of ['one', 'two']) {
    const { app } = await startTestMaster({ ...shared, MASTER_NODE })
    urls.push(await app.listen({ host: '127.0.0.1', port: 0 }))
  }
  expect(await countStatuses(urls, () => ROOT)).toEqual({ 200: 200 })
  expect(await countStatuses(urls, (time) => ({ username: `user-${time}`, password: 'guess' }))).toEqual({
    401: 20,
    429: 180,
  })
})

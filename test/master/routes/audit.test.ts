// The audit list of a master with a store of its own.

import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { createLowdbStore } from '../../../master/store/lowdb-store.ts'
import { testAudit } from '../../helpers/audit.ts'
import { startTestMaster } from '../../helpers/master.ts'

testAudit(async () => ({}))

it('leaves out an entry that was cut off by a power cut, and goes on', async () => {
  const { ask, context, app, folder } = await startTestMaster()
  await ask('/create_api_user/', { username: 'anna', password: 'x' })
  const before = (await ask('/audit/')).body
  await context.quiesce()
  await app.close()
  await context.stop()
  appendFileSync(path.join(folder, 'store', 'audit.jsonl'), '{"audit_id":"019ab3f09c58000')
  const again = await startTestMaster({ DATA_DIR: folder })
  expect((await again.ask('/audit/')).body).toEqual(before)
  await again.ask('/remove_api_user/', { username: 'anna' })
  const store = createLowdbStore(path.join(folder, 'store'))
  await store.open()
  expect((await store.listAudit({ limit: 10 })).map(({ method }) => method)).toEqual([
    'remove_api_user',
    'create_api_user',
  ])
  await store.close()
})

it('answers what was done, also when it cannot be noted', async () => {
  const { ask, context } = await startTestMaster()
  const errors: unknown[] = []
  context.logger.error = (_error, details) => errors.push(details)
  context.store.addAudit = () => Promise.reject(new Error('no space left on device'))
  expect((await ask('/create_api_user/', { username: 'anna', password: 'hush' })).status).toBe(200)
  expect(errors).toEqual([
    { part: 'audit list', entry: expect.objectContaining({ method: 'create_api_user', target: 'anna' }) },
  ])
  expect(JSON.stringify(errors)).not.toContain('hush')
})

// The audit list of masters on one database.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { type SamplePostgres, startPostgres } from '../../scripts/sample/postgres.ts'
import { until } from '../../scripts/sample/until.ts'
import { testAudit } from '../helpers/audit.ts'
import { basic, projectPayload, ROOT, startTestMaster } from '../helpers/master.ts'

let postgres: SamplePostgres
let databases = 0

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

const makeEnv = async () => ({
  STORE_URL: postgres.createDatabase(`audit_${++databases}`),
  STORE_KEY: 'store-key-of-the-audit-list',
  MASTER_RSYNCD_PASSWORD: 'rsyncd-password',
})

testAudit(makeEnv)

it('has one entry for a forwarded request, with the address of the client', async () => {
  const shared = await makeEnv()
  const ports = await findFreePorts(2)
  const [one, two] = [
    await startTestMaster({ ...shared, MASTER_NODE: 'one', MASTER_PORT: `${ports[0]}` }),
    await startTestMaster({ ...shared, MASTER_NODE: 'two', MASTER_PORT: `${ports[1]}` }),
  ]
  await one.app.listen({ host: '127.0.0.1', port: ports[0] ?? 0 })
  await one.ask('/add_project/', projectPayload(one))
  await until('the other master to know the first', async () =>
    (await two.ask('/list_masters/')).body.some(({ node }: { node: string }) => node === 'one'),
  )
  const answer = await two.app.inject({
    method: 'POST',
    url: '/update_project/basic/',
    remoteAddress: '192.0.2.7',
    headers: { authorization: basic(ROOT) },
    payload: { id: 'fedora', rsync_port: 874 },
  })
  expect(answer.json()).toMatchObject({ success: true })
  expect((await two.ask('/audit/?method=update_project')).body).toMatchObject([
    { from: '192.0.2.7', target: 'fedora', change: [{ field: 'rsync_port', before: 873, after: 874 }] },
  ])
})

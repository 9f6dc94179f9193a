// Transactions over a connection that breaks at the worst moment: done once, and known to be.

import { connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { Database } from '../../../master/store/postgres/database.ts'
import { findFreePorts } from '../../../scripts/sample/ports.ts'
import { type SamplePostgres, startPostgres } from '../../../scripts/sample/postgres.ts'

let postgres: SamplePostgres

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

/** Lets a COMMIT through to the server, waits a moment, and breaks the connection before its answer comes back. */
async function breakAtCommit(
  port: number,
  when: 'before' | 'after',
  times: number,
): Promise<{ server: Server; port: number }> {
  const [own = 0] = await findFreePorts(1)
  let left = times
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let isBreaking = false
    near.on('data', (chunk) => {
      if (left > 0 && chunk.includes('COMMIT')) {
        left -= 1
        isBreaking = true
        if (when === 'after') far.write(chunk)
        setTimeout(() => {
          near.destroy()
          far.destroy()
        }, 100)
      } else far.write(chunk)
    })
    far.on('data', (chunk) => {
      if (!isBreaking) near.write(chunk)
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
  return { server, port: own }
}

it.each(['before', 'after'] as const)(
  'is done once when the connection breaks just %s it is committed',
  async (when) => {
    const name = `breaking_${when}`
    const url = postgres.createDatabase(name)
    const proxy = await breakAtCommit(postgres.port, when, 1)
    const direct = new Database(url, 1)
    const database = new Database(`postgres://mirrorfleet@127.0.0.1:${proxy.port}/${name}`, 2)
    onTestFinished(async () => {
      await database.close()
      await direct.close()
      proxy.server.close()
    })
    await direct.query('CREATE TABLE public.counter (value integer)')
    await direct.query('INSERT INTO public.counter VALUES (0)')
    let attempts = 0
    const result = await database.transaction(async (client) => {
      attempts += 1
      const { rows } = await client.query('UPDATE public.counter SET value = value + 1 RETURNING value')
      return rows[0].value
    })
    expect(result).toBe(1)
    expect(await direct.query('SELECT value FROM public.counter')).toEqual([{ value: 1 }])
    expect(attempts).toBe(when === 'after' ? 1 : 2)
  },
)

it('rolls back when the work throws, and rejects with its error', async () => {
  const database = new Database(postgres.createDatabase('undoing'), 2)
  onTestFinished(() => database.close())
  await database.query('CREATE TABLE public.counter (value integer)')
  const failing = database.transaction(async (client) => {
    await client.query('INSERT INTO public.counter VALUES (1)')
    throw new Error('not like this')
  })
  await expect(failing).rejects.toThrow('not like this')
  expect(await database.query('SELECT value FROM public.counter')).toEqual([])
})

it('gives up on an unreachable server with an error of status 503', async () => {
  const [nobody = 0] = await findFreePorts(1)
  const database = new Database(`postgres://mirrorfleet@127.0.0.1:${nobody}/nothing`, 1)
  onTestFinished(() => database.close())
  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', statusCode: 503 })
})

it('runs each migration once, also when several masters start at the same time', async () => {
  const { migrate } = await import('../../../master/store/postgres/migrate.ts')
  const url = postgres.createDatabase('migrating')
  const databases = Array.from({ length: 4 }, () => new Database(url, 1))
  onTestFinished(async () => {
    await Promise.all(databases.map((one) => one.close()))
  })
  await Promise.all(databases.map((one) => migrate(one)))
  const [first] = databases
  const rows = await first?.query<{ name: string }>('SELECT name FROM migration ORDER BY name')
  expect(rows?.map(({ name }) => name)).toEqual([
    '0001-tables',
    '0002-masters',
    '0003-audit',
    '0004-master-report',
    '0005-audited-keys',
  ])
  await first?.query("INSERT INTO migration (name) VALUES ('0099-of-tomorrow')")
  await expect(migrate(databases[1] as Database)).rejects.toThrow('migrated by a newer version')
})

// The routes of slaves.

import { describe, expect, it } from 'vitest'
import { startTestMaster } from '../../helpers/master.ts'

describe('slaves', () => {
  it('are identified by hostname and port', async () => {
    const master = await startTestMaster()
    for (const port of [7000, '7001']) await master.ask('/add_slave/', { hostname: 'LocalHost', port })
    expect((await master.ask('/remove_slave/', { hostname: 'localhost' })).body).toMatchObject({
      error: { code: 'SLAVE_AMBIGUOUS' },
    })
    expect((await master.ask('/remove_slave/', { hostname: 'localhost', port: '7001' })).status).toBe(200)
    expect((await master.ask('/remove_slave/', { hostname: 'localhost', port: 7001 })).status).toBe(404)
    for (const [body, field] of [
      [{ hostname: 'a b', port: 1 }, 'hostname'],
      [{ hostname: 'x', port: '70000' }, 'port'],
      [{ hostname: 'x', port: 0 }, 'port'],
      [{ hostname: 'x' }, 'port'],
    ] as const) {
      expect((await master.ask('/add_slave/', body)).body, JSON.stringify(body)).toMatchObject({ error: { field } })
    }
  })
})

it('two slaves that are told at once to pull from each other do not', async () => {
  const { ask } = await startTestMaster()
  const add = (port: number, upstream?: string) => ask('/add_slave/', { hostname: 'localhost', port, upstream })
  for (const port of [1, 2]) await add(port)
  const both = await Promise.all([add(1, 'localhost:2'), add(2, 'localhost:1')])
  expect(both.map(({ body }) => body.error?.code ?? 'added').sort()).toEqual(['SLAVE_CYCLE', 'added'])
})

it('a slave from which another one is told to pull at once is not removed', async () => {
  const { ask } = await startTestMaster()
  const add = (port: number, upstream?: string) => ask('/add_slave/', { hostname: 'localhost', port, upstream })
  for (const port of [1, 2]) await add(port)
  const [told, removed] = await Promise.all([
    add(1, 'localhost:2'),
    ask('/remove_slave/', { hostname: 'localhost', port: 2 }),
  ])
  expect([told.status, removed.status].sort()).toEqual([200, removed.status === 200 ? 404 : 409].sort())
  const ids = (await ask('/list_slaves/')).body.map(({ id, upstream }: { id: string; upstream: string }) => [
    id,
    upstream,
  ])
  expect(ids).toContainEqual(['localhost:1', removed.status === 200 ? null : 'localhost:2'])
})

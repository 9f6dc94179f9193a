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

// Schemas that are compiled when they are first used.

import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import { Ajv } from 'ajv'
import ajvFormats from 'ajv-formats'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../../settings.ts'
import { createServer } from '../../../shared/http/create-server.ts'
import { useTestMaster } from '../../helpers/master.ts'

describe('a route', () => {
  const serve = async () => {
    const app = createServer(loadSettings({ LOG_LEVEL: 'silent' }, '/'), '127.0.0.1')
    const schema = {
      querystring: Type.Object({ count: Type.Integer({ minimum: 1 }) }),
      response: { 200: Type.Object({ count: Type.Integer() }) },
    }
    app.get('/count', { schema }, async (request) => ({ count: request.query.count, secret: 'not in the schema' }))
    app.post('/exact', { schema: { body: Type.Object({ count: Type.Integer() }) } }, async () => 'done')
    return app
  }

  it('checks each request, the first and those after, and answers by its schema', async () => {
    const app = await serve()
    for (const [count, status] of [
      ['0', 400],
      ['2', 200],
      ['x', 400],
      ['3', 200],
    ] as const) {
      const answer = await app.inject({ url: `/count?count=${count}` })
      expect([answer.statusCode, answer.statusCode === 200 ? answer.json() : answer.json().error.field]).toEqual([
        status,
        status === 200 ? { count: Number(count) } : 'count',
      ])
    }
  })

  it('converts text in a query, and nothing in a body', async () => {
    const app = await serve()
    const ask = (count: unknown) => app.inject({ method: 'POST', url: '/exact', payload: { count } })
    expect((await ask(1)).statusCode).toBe(200)
    expect((await ask('1')).statusCode).toBe(400)
  })
})

describe("the master's schemas", () => {
  const master = useTestMaster()

  it('can all be compiled, though a start compiles none', () => {
    const ajv = ajvFormats.default(new Ajv({ strict: false, discriminator: true }))
    const serializers = SerializerSelector()({}, {})
    let compiled = 0
    for (const { method, url, schema = {} } of master.app.routeTable) {
      for (const part of [schema.body, schema.querystring, schema.params, schema.headers]) {
        if (part) expect(ajv.compile(part), `${method} ${url}`).toBeTypeOf('function')
      }
      for (const [httpStatus, answer] of Object.entries(schema.response ?? {})) {
        expect(serializers({ schema: answer, method, url, httpStatus }), `${method} ${url}`).toBeTypeOf('function')
        compiled += 1
      }
    }
    expect(compiled).toBeGreaterThan(60)
  })
})

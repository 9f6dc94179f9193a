// What all routes take and answer.

import { describe, expect, it } from 'vitest'
import { projectPayload as payload, startTestMaster } from '../../helpers/master.ts'

describe('requests', () => {
  it('take a trailing slash or none, and an empty JSON body', async () => {
    const master = await startTestMaster()
    await master.ask('/add_project/', payload(master))
    for (const url of [
      '/list_projects',
      '/list_projects/',
      '/disable_project?id=fedora',
      '/disable_project/?id=fedora',
    ])
      expect((await master.ask(url)).status, url).toBe(200)
    const headers = {
      authorization: `Basic ${Buffer.from('root:correct horse').toString('base64')}`,
      'content-type': 'application/json',
    }
    expect(
      (await master.app.inject({ method: 'POST', url: '/enable_project/?id=fedora', headers, payload: '' })).statusCode,
    ).toBe(200)
  })

  it('that are wrong get the one shape of an error', async () => {
    const master = await startTestMaster()
    const headers = { authorization: `Basic ${Buffer.from('root:correct horse').toString('base64')}` }
    const send = (payload_: string, type = 'application/json') =>
      master.app.inject({
        method: 'POST',
        url: '/add_project/',
        headers: { ...headers, 'content-type': type },
        payload: payload_,
      })
    for (const [answer, status] of [
      [await send('{"project": '), 400],
      [await send('[]'), 400],
      [await send('"x"'), 400],
      [await send('{"__proto__": {"a": 1}}'), 400],
      [await send('project=x', 'application/x-www-form-urlencoded'), 415],
      [await send(`{"project": "${'x'.repeat(300_000)}"}`), 413],
    ] as const) {
      expect(answer.statusCode).toBe(status)
      expect(answer.json()).toMatchObject({
        method: 'add_project',
        success: false,
        error: { code: expect.stringMatching(/^[A-Z_]+$/) },
      })
      expect(answer.json().error.code).not.toMatch(/^FST/)
    }
    expect((await master.ask('/disable_project/')).body).toMatchObject({
      method: 'disable_project',
      success: false,
      error: { field: 'id' },
    })
    expect((await master.ask('/enable_project/?id=nothing')).status).toBe(404)
    expect((await master.ask('/list_runs/?limit=many')).body).toMatchObject({ error: { field: 'limit' } })
    expect((await master.ask('/syncup/')).body).toMatchObject({ success: false, error: { field: 'id' } })
    expect((await master.ask('/get_run/?run=nothing-1')).body).toMatchObject({ error: { code: 'RUN_NOT_FOUND' } })
  })
})

// Syncs that are started by signed requests.

import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { startTestMaster } from '../../helpers/master.ts'
import { addUnreachable } from '../../helpers/runs.ts'

const SECRET = 'a secret of the tests'.replaceAll(' ', '-')
const BODY = '{"ref": "refs/heads/main",  "odd": "\u00fc"}'
const sign = (body: string | Buffer, secret = SECRET) => createHmac('sha256', secret).update(body).digest('hex')

let addresses = 0

const start = async () => {
  const master = await startTestMaster({ RETRY_LIMIT: '0' })
  await addUnreachable(master, 'signed', { trigger_secret: SECRET })
  await addUnreachable(master, 'unsigned')
  const address = `198.18.7.${++addresses}`
  const call = async (id: string, headers: Record<string, string>, payload: string | Buffer = BODY, from = address) => {
    const response = await master.app.inject({
      method: 'POST',
      url: `/hooks/${id}/`,
      headers: { 'content-type': 'application/json', ...headers },
      payload,
      remoteAddress: from,
    })
    return { status: response.statusCode, headers: response.headers, body: response.json() }
  }
  return { ...master, call }
}

describe('a signed request', () => {
  it.each([
    ['of GitHub', { 'x-hub-signature-256': `sha256=${sign(BODY)}`, 'x-github-event': 'push' }],
    ['of Gitea', { 'x-gitea-signature': sign(BODY) }],
    ['of our own kind', { 'x-mirrorfleet-signature': `sha256=${sign(BODY)}` }],
    ['with a second signature that is wrong', { 'x-gitea-signature': sign(BODY), 'x-hub-signature-256': 'sha256=00' }],
    ['of any type', { 'x-gitea-signature': sign(BODY), 'content-type': 'application/x-www-form-urlencoded' }],
    ['of no known type', { 'x-gitea-signature': sign(BODY), 'content-type': 'application/x-odd; charset=odd' }],
  ])('%s starts the sync of its project', async (_name, headers) => {
    const { call, ask } = await start()
    const { status, body } = await call('signed', headers)
    expect([status, body]).toEqual([
      202,
      { method: 'hooks', success: true, id: 'signed', run: expect.any(String), running: null, note: 'sync initiated' },
    ])
    expect((await ask(`/get_run/?run=${body.run}`)).body).toMatchObject({
      id: 'signed',
      trigger: 'explicit',
      mode: 'sync',
    })
  })

  it('may have any bytes, or none', async () => {
    const { call } = await start()
    for (const body of [Buffer.from([0, 255, 10, 13, 0x80]), Buffer.alloc(0), Buffer.alloc(900_000, 'x')]) {
      const { status } = await call('signed', { 'x-gitea-signature': sign(body) }, body)
      expect(status, `${body.length} bytes`).toBe(202)
    }
  })

  it('is refused in one way, whether the project has another secret, none, or is not there', async () => {
    const { call, context } = await start()
    const refused = []
    for (const id of ['signed', 'unsigned', 'nothing', '%2e%2e%2fx', '-e', 'x'.repeat(200)])
      for (const signature of [sign(BODY, 'another secret of the tests'), sign(`${BODY} `), sign(BODY, ''), 'x', ''])
        refused.push(
          await call(id, { 'x-hub-signature-256': `sha256=${signature}` }, BODY, `198.18.8.${refused.length + 1}`),
        )
    refused.push(await call('signed', {}, BODY, '198.18.9.1'), await call('nothing', {}, BODY, '198.18.9.2'))
    const [first] = refused
    expect(first).toMatchObject({
      status: 401,
      body: { method: 'hooks', success: false, error: { code: 'HOOK_REFUSED' } },
    })
    for (const one of refused) {
      expect([one.status, one.body]).toEqual([first?.status, first?.body])
      expect(Object.keys(one.headers)).toEqual(Object.keys(first?.headers ?? {}))
    }
    expect(await context.store.listRuns({ limit: 10 })).toEqual([])
  })

  it('cannot be guessed for long, and its body is bounded', async () => {
    const { call } = await start()
    const answers = []
    for (let guess = 0; guess < 25; guess++)
      answers.push(await call('signed', { 'x-gitea-signature': sign(BODY, `${guess}`) }))
    expect(answers.map(({ status }) => status)).toContain(429)
    expect(answers.at(-1)?.headers['retry-after']).toBeDefined()
    const large = Buffer.alloc(1024 * 1024 + 1)
    expect((await call('signed', { 'x-gitea-signature': sign(large) }, large, '198.18.9.3')).status).toBe(413)
  })
})

describe('a trigger secret', () => {
  it('is never shown, is encrypted in the store, and can be replaced and removed', async () => {
    const { ask, call, context } = await start()
    const headers = (secret: string) => ({ 'x-gitea-signature': sign(BODY, secret) })
    const [project] = (await ask('/list_projects/?id=signed')).body
    expect(project).toMatchObject({ has_trigger_secret: true })
    expect(project).not.toHaveProperty('trigger_secret')
    expect(JSON.stringify(await context.store.findProject('signed'))).not.toContain(SECRET)
    const another = 'another-secret-of-the-tests'
    await ask('/update_project/basic/', { id: 'signed', trigger_secret: another })
    expect((await call('signed', headers(SECRET))).status).toBe(401)
    expect((await call('signed', headers(another))).status).toBe(202)
    await ask('/update_project/basic/', { id: 'signed', delete_guard_percent: 3 })
    expect((await call('signed', headers(another))).status).toBe(202)
    await ask('/update_project/basic/', { id: 'signed', trigger_secret: null })
    expect((await call('signed', headers(another))).status).toBe(401)
    expect((await ask('/list_projects/?id=signed')).body).toMatchObject([{ has_trigger_secret: false }])
  })

  it.each(['short', 'x'.repeat(257), 'with blanks in the text', 'with-a-line\n-of-its-own'])(
    'may not be %j',
    async (secret) => {
      const { ask } = await start()
      const { status, body } = await ask('/update_project/basic/', { id: 'signed', trigger_secret: secret })
      expect([status, body.error.field]).toEqual([400, 'trigger_secret'])
      expect(body.error.message).not.toContain(secret)
    },
  )
})

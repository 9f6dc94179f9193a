// What a person can do with a refusal: every problem at once, what would be right, and the nearest name.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../../settings.ts'
import { createServer } from '../../../shared/http/create-server.ts'
import { dataHeaders, pageHeaders } from '../../../shared/http/security-headers.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { basic, projectPayload as payload, ROOT, useTestMaster } from '../../helpers/master.ts'

const shared = useTestMaster()
const refused = async (change: object) => (await shared.ask('/add_project/', payload(shared, change))).body.error

describe('a refusal names every problem at once', () => {
  it('of the shape of a body, the first one first', async () => {
    const error = await refused({ rsync_port: '873', colour: 'blue', publish: 'now', cron_options: { minutes: 5 } })
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      message: error.problems[0].message,
      field: error.problems[0].field,
    })
    expect(error.problems.map(({ field }: { field: string }) => field).sort()).toEqual(
      ['colour', 'cron_options.minutes', 'publish', 'rsync_port'].sort(),
    )
  })

  it('and of what its values mean', async () => {
    const { problems } = await refused({
      rsync_host: 'evil@host',
      rsync_module: '../etc',
      dest: '/etc',
      rsync_options: { basic: ['-e', 'sh'] },
      cron_options: { minute: '61' },
      verify: 'hold',
    })
    const fields = problems.map(({ field }: { field: string }) => field)
    const all = ['cron_options.minute', 'dest', 'rsync_host', 'rsync_module', 'rsync_options.basic', 'verify']
    expect(fields.sort()).toEqual(all)
    expect((await shared.ask('/list_projects/')).body).toEqual([])
  })

  it('but looks no further than the first in a body that is made to be wrong everywhere', async () => {
    const source = {
      kind: 'command',
      command: 'x',
      secrets: Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`N${at}`, 1])),
    }
    const { problems } = await refused({ rsync_port: '873', source })
    expect(problems).toHaveLength(1)
  })

  it('of a character that not every store can keep', async () => {
    for (const odd of ['\0', '\ud800', '\udc00']) {
      const webhooks = ['https://hooks.example.org/1', `https://hooks.example.org/${odd}`]
      expect(await refused({ webhooks })).toMatchObject({ code: 'INVALID_INPUT', field: 'webhooks.1' })
      const label = await shared.ask('/create_token/', { label: `from ${odd}` })
      expect(label.body.error).toMatchObject({ code: 'INVALID_INPUT', field: 'label' })
      const named = await shared.ask('/create_token/', { [odd]: 'x' })
      expect(named.status).toBe(400)
    }
    expect((await shared.ask('/run_log/?run=p-k-1&slave=%00')).body.error).toMatchObject({ field: 'slave' })
    expect((await shared.ask('/create_token/', { label: 'from \u{1f4e6}' })).status).toBe(200)
  })

  it('of a change, and nothing of it is done', async () => {
    await shared.ask('/add_project/', payload(shared, { project: 'kept' }))
    const change = { id: 'kept', dest: '/etc', rsync_host: 'a b', rsync_port: 8730 }
    const { error } = (await shared.ask('/update_project/basic', change)).body
    expect(error.problems.map(({ field }: { field: string }) => field)).toEqual(['dest', 'rsync_host'])
    expect((await shared.ask('/list_projects/?id=kept')).body[0].rsync_port).toBe(873)
    await shared.ask('/remove_project/', { id: 'kept' })
  })
})

describe('a refusal says what would be right', () => {
  it.each([
    [{ rsync_port: 70000 }, 'rsync_port: must be a whole number from 1 to 65535'],
    [{ publish: 'now' }, 'publish: must be "in_place" or "atomic"'],
    [{ rsync_hots: 'h' }, 'rsync_hots: is not a field of this request. Did you mean "rsync_host"?'],
    [{ cron_options: { minutes: 5 } }, 'cron_options.minutes: is not a field of this request. Did you mean "minute"?'],
    [{ probe: { file: 5 } }, 'probe.file: must be '],
    [{ project: undefined }, 'project: is missing; it must be 1 to 64 letters'],
    [{ source: { kind: 'svn' } }, 'source'],
  ])('%j', async (change, message) => {
    expect((await refused(change)).message).toContain(message)
  })

  it('and which id was meant', async () => {
    await shared.ask('/add_project/', payload(shared, { project: 'fedora' }))
    const { error } = (await shared.ask('/syncup/?id=fedroa')).body
    expect(error).toMatchObject({ code: 'PROJECT_NOT_FOUND' })
    expect(error.message).toMatch(/There is no project with id "fedroa".* Did you mean "fedora"\?$/)
    expect((await shared.ask('/syncup/?id=zzz')).body.error.message).not.toContain('Did you mean')
  })

  it('and that a file stands in the way of a folder, or a name is taken', async () => {
    const root = path.join(shared.folder, 'mirror')
    writeFileSync(path.join(root, 'file'), '')
    const below = await shared.ask(
      '/add_project/',
      payload(shared, { project: 'below', dest: path.join(root, 'file/x') }),
    )
    expect([below.status, below.body.error.field]).toEqual([400, 'dest'])
    const moved = await shared.ask('/update_project/basic', { id: 'fedora', dest: path.join(root, 'file') })
    expect([moved.status, moved.body.error.field]).toEqual([400, 'dest'])
    const again = await shared.ask('/add_project/', payload(shared, { project: 'fedora' }))
    expect([again.status, again.body.error.code]).toEqual([409, 'PROJECT_EXISTS'])
    expect(again.body.error.message).toContain('"fedora"')
    writeFileSync(path.join(root, 'named'), '')
    const named = await shared.ask('/add_project/', payload(shared, { project: 'named' }))
    expect(named.body.error).toMatchObject({ field: expect.stringMatching(/^(dest|project)$/) })
  })

  it('and which method a route takes', async () => {
    const ask = (method: 'GET' | 'DELETE' | 'PUT', url: string) =>
      shared.app.inject({ method, url, headers: { authorization: basic(ROOT) } })
    const answer = await ask('GET', '/add_project/')
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'POST'])
    expect(answer.json().error).toEqual({
      code: 'METHOD_NOT_ALLOWED',
      message: 'The route /add_project/ takes POST, not GET.',
    })
    expect((await ask('DELETE', '/syncup?id=x')).headers.allow).toBe('GET, HEAD, POST')
    expect((await ask('PUT', '/hooks/debian/')).headers.allow).toBe('POST')
    expect((await ask('PUT', '/nowhere')).statusCode).toBe(404)
  })

  it('and which header a body needs', async () => {
    const send = (headers: Record<string, string>) =>
      shared.app.inject({
        method: 'POST',
        url: '/add_slave/',
        headers: { authorization: basic(ROOT), ...headers },
        payload: 'hostname=a',
      })
    const form = await send({ 'content-type': 'application/x-www-form-urlencoded' })
    expect([form.statusCode, form.json().error.code]).toEqual([415, 'NOT_JSON'])
    expect(form.json().error.message).toBe(
      'The request needs the header "Content-Type: application/json", and a body in JSON. It has "application/x-www-form-urlencoded".',
    )
    expect((await send({})).json().error.message).toContain('It has none.')
  })
})

it('asks browsers to come by TLS only where they came by TLS', () => {
  const settings = loadSettings({ LOG_LEVEL: 'silent' }, temporaryFolder())
  const plain = createServer(settings, '127.0.0.1')
  expect(dataHeaders(plain)['strict-transport-security']).toBeUndefined()
  const tls = { initialConfig: { https: true } } as const
  expect(dataHeaders(tls)['strict-transport-security']).toMatch(/max-age=/)
  expect(pageHeaders(tls)['strict-transport-security']).toMatch(/max-age=/)
})

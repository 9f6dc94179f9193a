// That no secret is in the audit list: all that requests can set, and all that answers give out.

import { expect, it } from 'vitest'
import { type MakeEnv, startAudited } from './audited.ts'
import { projectPayload, ROOT, type TestMaster } from './master.ts'

/** The secret fields in the bodies of all routes, as `POST /add_project rsync_password`. */
function secretFields({ app }: Pick<TestMaster, 'app'>): string[] {
  const find = (schema: unknown): string[] => {
    if (typeof schema !== 'object' || schema === null) return []
    return Object.entries(schema).flatMap(([key, value]) => {
      if (key !== 'properties') return find(value)
      return Object.entries(Object(value)).flatMap(([name, inner]) => [
        ...(/password|secret|token$|webhooks|ssh_key/.test(name) ? [name] : []),
        ...find(inner),
      ])
    })
  }
  const found = app.routeTable.flatMap(({ url, schema }) => find(schema?.body).map((name) => `${url} ${name}`))
  return [...new Set(found)].sort()
}

const SENT = {
  rsync_password: 'hush-upstream',
  trigger_secret: 'hush-trigger-of-the-forge',
  ssh_key: `-----BEGIN OPENSSH PRIVATE KEY-----\n${'hush'.repeat(20)}\n-----END OPENSSH PRIVATE KEY-----\n`,
  webhooks: ['https://example.org/hush-webhook'],
  upstreams: [{ rsync_host: 'second.example.org', rsync_module: 'm', rsync_password: 'hush-second' }],
  downstreams: [{ url: 'https://mirror.example.org/hooks/fedora', secret: 'hush-downstream-of-ours' }],
}
const COMMAND = { source: { kind: 'command', command: 'dash', secrets: { KEY: 'hush-command' } } }

/** Defines the test. */
export function testAuditSecrets(makeEnv: MakeEnv): void {
  it('the audit list holds no secret, whichever was set or made', async () => {
    const { app, ask, list, ...master } = await startAudited(makeEnv)
    const payload = projectPayload(master, SENT)
    expect((await ask('/add_project/', payload)).status).toBe(200)
    expect((await ask('/add_project/', { project: 'made', ...COMMAND })).status).toBe(200)
    const changed = JSON.parse(JSON.stringify({ ...SENT, ...COMMAND }).replaceAll(/hush(?!hush)/g, 'hush-hush'))
    changed.ssh_key = SENT.ssh_key.replace('hush', 'hushhush')
    const { source, ...fields } = changed
    expect((await ask('/update_project/basic/', { id: 'fedora', ...fields })).status).toBe(200)
    expect((await ask('/update_project/basic/', { id: 'made', source })).status).toBe(200)
    await ask('/create_api_user/', { username: 'anna', password: 'hush-password' })
    await ask('/update_api_user/', { username: 'anna', password: 'hush-hush-password' })
    const session = await ask('/log_in/', { username: 'anna', password: 'hush-hush-password' }, null)
    const cookie = String(session.headers['set-cookie']).split(';')[0] ?? ''
    const made = [
      (await ask('/get_token/')).body.token,
      (await ask('/create_token/', { label: 'push', ttl: '90d' })).body.token,
      (await ask('/add_slave/', { hostname: 'one.example.org', port: 7000 })).body.token,
      (await ask('/slave_token/', { id: 'one.example.org:7000' })).body.token,
      cookie.split('=')[1],
    ]
    await app.inject({ method: 'POST', url: '/log_out/', headers: { cookie }, payload: {} })
    const entries = await list()
    expect(entries.map(({ method }: { method: string }) => method).toReversed()).toEqual([
      'add_project',
      'add_project',
      'update_project',
      'update_project',
      'create_api_user',
      'update_api_user',
      'log_in',
      'get_token',
      'create_token',
      'add_slave',
      'slave_token',
      'log_out',
    ])
    const text = JSON.stringify(entries)
    expect(text).not.toContain('hush')
    expect(text).not.toContain(ROOT.password)
    for (const secret of made) {
      expect(secret).toMatch(/^.{43,}$/)
      expect(text).not.toContain(secret)
    }
    const hidden = (index: number) =>
      entries
        .toReversed()
        [index].change.filter((one: { hidden?: true }) => one.hidden)
        .map(({ field }: { field: string }) => field)
    expect(hidden(0)).toEqual(['rsync_password', 'trigger_secret', 'ssh_key', 'webhooks'])
    expect(hidden(2)).toEqual(['rsync_password', 'trigger_secret', 'ssh_key', 'webhooks', 'upstreams', 'downstreams'])
    expect([hidden(3), hidden(4), hidden(5)]).toEqual([['source'], ['password'], ['password']])
    const [login, logout] = [entries.at(-7), entries[0]]
    expect(login).toMatchObject({ username: 'anna', kind: 'session', target: session.body.session_id, change: [] })
    expect(logout).toMatchObject({ username: 'anna', kind: 'session', target: session.body.session_id })
    // What is sent above is all that there is: a new secret field of a request belongs there too.
    expect(secretFields({ app })).toEqual([
      '/add_project rsync_password',
      '/add_project secret',
      '/add_project secrets',
      '/add_project ssh_key',
      '/add_project trigger_secret',
      '/add_project webhooks',
      '/create_api_user password',
      '/log_in password',
      '/test_upstream rsync_password',
      '/test_upstream secrets',
      '/update_api_user password',
      '/update_project/basic rsync_password',
      '/update_project/basic secret',
      '/update_project/basic secrets',
      '/update_project/basic ssh_key',
      '/update_project/basic trigger_secret',
      '/update_project/basic webhooks',
    ])
  })
}

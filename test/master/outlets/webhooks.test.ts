import { createHmac } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { staleAt } from '../../../master/outlets/stale-watch.ts'
import { createWebhooks } from '../../../master/outlets/webhooks.ts'
import { newRun, plainRequest } from '../../../master/records/run.ts'
import { until } from '../../../scripts/sample/until.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { startTestMaster } from '../../helpers/master.ts'
import { startReceiver } from '../../helpers/receiver.ts'

const start = async (urls: string[], own: string[] = [], owner = 'root') => {
  const master = await startTestMaster()
  await master.ask('/add_project/', {
    project: 'p',
    rsync_host: 'example.org',
    rsync_module: 'm',
    dest: `${master.folder}/mirror`,
    webhooks: own,
    cron_options: { hour: '*' },
  })
  await master.ask('/create_api_user/', { username: 'tenant', password: 'a-long-password', role: 'upstreamuser' })
  const key = (await master.context.store.findProject('p'))?.key ?? ''
  const project = await master.context.store.updateProject(key, (one) => (owner === 'root' ? one : { ...one, owner }))
  const warnings: string[] = []
  const { store, events } = master.context
  const hooks = createWebhooks({
    store,
    events,
    urls,
    secret: 'webhook-secret',
    now: Date.now,
    firstPauseMs: 5,
    onWarning: (message, details) => warnings.push(`${message} ${JSON.stringify(details)}`),
  })
  await hooks.start()
  onTestFinished(hooks.stop)
  const tell = (state: Run['state'], more: Partial<Run> = {}) => {
    const run = {
      ...newRun(`${project.key}-1`, project, plainRequest('schedule'), new Date().toISOString(), 'main'),
      state,
      ...more,
    }
    events.publish('run.changed', { id: 'p', key: project.key, run })
  }
  return { project, events, tell, warnings }
}

describe('webhooks', () => {
  it('tell of a failure and of the recovery after it, signed, fleet-wide and per project', async () => {
    const [fleetWide, own] = [await startReceiver([200]), await startReceiver([204])]
    const { tell } = await start([fleetWide.url], [own.url])
    tell('succeeded')
    tell('syncing')
    tell('failed', { error: { code: 'UPSTREAM_FAILED', message: 'the upstream is closed' } })
    await until('both to be told', () => fleetWide.received.length === 1 && own.received.length === 1)
    const [first] = fleetWide.received
    expect(first?.headers['x-mirrorfleet-signature']).toBe(
      `sha256=${createHmac('sha256', 'webhook-secret')
        .update(first?.text ?? '')
        .digest('hex')}`,
    )
    expect(JSON.parse(first?.text ?? '')).toMatchObject({
      event: 'failed',
      project: 'p',
      message: 'the upstream is closed',
      run: { state: 'failed' },
    })
    expect(first?.text).not.toContain('password')
    tell('failed', { dry_run: true })
    tell('succeeded')
    tell('succeeded')
    await until('the recovery', () => own.received.length === 2)
    expect(JSON.parse(own.received[1]?.text ?? '')).toMatchObject({ event: 'recovered' })
    expect(fleetWide.received).toHaveLength(2)
  })

  it('tell of no recovery when slaves have only caught up with what was served before', async () => {
    const receiver = await startReceiver([200])
    const { tell, project } = await start([receiver.url])
    tell('failed')
    const { upstream } = newRun('x-1', project, plainRequest('catch_up'), '', 'main')
    tell('succeeded', { run: `${project.key}-2`, upstream: { ...upstream, state: 'skipped' } })
    tell('succeeded', { run: `${project.key}-3` })
    await until('the recovery', () => receiver.received.length === 2)
    const events = receiver.received.map(({ text }) => JSON.parse(text))
    expect(events.find(({ event }) => event === 'recovered').run).toMatchObject({ run: `${project.key}-3` })
  })

  it('are sent again until taken, follow no redirect, are given up in the end, and show no address', async () => {
    const [slow, moved] = [await startReceiver([500, 503, 200]), await startReceiver([302])]
    const { tell, warnings } = await start([slow.url, moved.url])
    tell('blocked')
    await until('the third attempt', () => slow.received.length === 3)
    const deliveries = new Set(slow.received.map(({ text }) => JSON.parse(text).delivery))
    expect(deliveries.size).toBe(1)
    await until('the giving up', () => warnings.length === 1)
    expect(moved.received.map(({ url }) => url)).toEqual(Array(5).fill('/hook?key=secret-in-address'))
    expect(warnings[0]).toContain('status 302')
    expect(warnings[0]).not.toContain('secret-in-address')
  })

  it('of a project that belongs to no root reach public addresses only, judged when they connect', async () => {
    const [fleetWide, own, both] = [await startReceiver([200]), await startReceiver([200]), await startReceiver([200])]
    const byName = own.url.replace('127.0.0.1', 'localhost')
    const { tell, warnings } = await start([fleetWide.url, both.url], [own.url, byName, both.url], 'tenant')
    tell('failed')
    await until('the giving up', () => warnings.length === 2)
    for (const warning of warnings) expect(warning).toContain('its host is not a public address')
    expect([fleetWide, both, own].map(({ received }) => received.length)).toEqual([1, 1, 0])
  })

  it('tell of a stale project once', async () => {
    const receiver = await startReceiver([200])
    const { events, project, tell } = await start([receiver.url])
    events.publish('project.stale', { id: 'p', key: project.key, last_success_at: null })
    await until('it to be told', () => receiver.received.length === 1)
    expect(JSON.parse(receiver.received[0]?.text ?? '')).toMatchObject({
      event: 'stale',
      run: null,
      message: expect.stringContaining('never been synced'),
    })
    tell('succeeded')
    await until('the recovery', () => receiver.received.length === 2)
  })
})

describe('staleAt', () => {
  it('is after twice the period of the schedule', async () => {
    const { project } = await start([])
    const hourly = { ...project, last_success_at: '2026-01-01T00:10:00.000Z' }
    const at = (time: string) => Date.parse(`2026-01-01T${time}Z`)
    expect(staleAt(hourly)).toBe(at('03:00:00'))
    expect(staleAt({ ...hourly, cron_options: null })).toBeNull()
  })
})

import { createHmac } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDownstreams } from '../../../master/outlets/downstreams.ts'
import { hasNews } from '../../../master/outlets/published-watch.ts'
import { newRun, plainRequest } from '../../../master/records/run.ts'
import { createSecretBox } from '../../../master/store/secret-box.ts'
import { until } from '../../../scripts/sample/until.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { projectPayload, startTestMaster } from '../../helpers/master.ts'
import { startReceiver } from '../../helpers/receiver.ts'
import { AT, project as stored } from '../../helpers/stored.ts'

const NOTHING = { added: 0, modified: 0, deleted: 0, errors: 0, bytes_transferred: 0, total_files: 3, total_size: 9 }

function runOf(upstream: Partial<Run['upstream']>, state: Run['state'] = 'succeeded'): Run {
  const run = newRun('p-1', stored('p'), plainRequest('schedule'), AT(0), 'main')
  return { ...run, state, upstream: { ...run.upstream, ...upstream } }
}

describe('a project that is published in place has news', () => {
  const inPlace = { publish: 'in_place', published: null } as const
  const one = (change: 'added' | 'modified' | 'deleted') => ({ ...NOTHING, [change]: 1 })
  it.each<[string, Run, boolean]>([
    ['after something new', runOf({ state: 'succeeded', summary: one('added') }), true],
    ['after a change', runOf({ state: 'succeeded', summary: one('modified') }), true],
    ['after something has gone', runOf({ state: 'succeeded', summary: one('deleted') }), true],
    ['when not all slaves have it', runOf({ state: 'succeeded', summary: one('added') }, 'partial'), true],
    ['when the rest was stopped', runOf({ state: 'succeeded', summary: one('added') }, 'stopped'), true],
    ['not after a look that found nothing', runOf({ state: 'succeeded', summary: NOTHING }), false],
    ['not by a probe', runOf({ state: 'unchanged', summary: null }), false],
    ['not when only slaves were told', runOf({ state: 'skipped', summary: null }), false],
    ['not from an upstream that failed', runOf({ state: 'failed', summary: one('added') }, 'failed'), false],
    ['not when it was blocked', runOf({ state: 'blocked', summary: one('added') }, 'blocked'), false],
  ])('%s', (_when, run, expected) => {
    expect(hasNews(inPlace, run, 0)).toBe(expected)
  })
})

it('an atomic project has news with each decision on what is served, and with nothing else', () => {
  const published = { generation: 4, tag: 't', sequence: 7 }
  const run = runOf({ state: 'succeeded', summary: { ...NOTHING, added: 1 } })
  expect(hasNews({ publish: 'atomic', published }, run, 6)).toBe(true)
  expect(hasNews({ publish: 'atomic', published }, run, 7)).toBe(false)
  expect(hasNews({ publish: 'atomic', published: null }, run, 0)).toBe(false)
})

describe('downstreams', () => {
  it('are told each with its own signature, and one that does not answer is given up by name', async () => {
    const [good, bad] = [await startReceiver([500, 202]), await startReceiver([503])]
    const master = await startTestMaster()
    const { store, events } = master.context
    const box = createSecretBox('a-key-of-the-tests')
    const downstreams = [
      { url: good.url, secret: 'the-secret-of-the-good-one' },
      { url: bad.url, secret: 'the-secret-of-the-bad-one' },
    ]
    await master.ask('/add_project/', projectPayload(master, { project: 'p', downstreams }))
    const added = await store.findProject('p')
    const key = added?.key ?? ''
    expect(JSON.stringify(added)).not.toContain('the-secret-of')
    const sealed = downstreams.map(({ url, secret }) => ({ url, secret: box.seal(secret) }))
    await store.updateProject(key, (one) => ({ ...one, downstreams: sealed }))
    const warnings: string[] = []
    const untold: string[] = []
    const outlet = createDownstreams({
      store,
      events,
      box,
      now: Date.now,
      firstPauseMs: 5,
      onWarning: (message, details) => warnings.push(`${message} ${JSON.stringify(details)}`),
      onUntold: (project) => untold.push(project),
    })
    await outlet.start()
    onTestFinished(outlet.stop)
    const run = runOf({ state: 'succeeded', summary: { ...NOTHING, added: 1 } })
    events.publish('run.changed', { id: 'p', key, run })
    await until('the bad one to be given up', () => untold.length === 1)
    expect([good.received.length, bad.received.length]).toEqual([2, 5])
    const told = good.received[1]
    expect(told?.headers['x-mirrorfleet-signature']).toBe(
      `sha256=${createHmac('sha256', 'the-secret-of-the-good-one')
        .update(told?.text ?? '')
        .digest('hex')}`,
    )
    expect(untold).toEqual(['p'])
    expect(warnings).toEqual([expect.stringMatching(/not sent again \{"project":"p","host":"127\.0\.0\.1:\d+"/)])
    expect(warnings[0]).not.toContain('secret')
  })
})

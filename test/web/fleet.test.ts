// What the fleet page says of each project, and in which order.

import { describe, expect, it } from 'vitest'
import { PROJECT, RUN } from '../../master/openapi/examples.ts'
import { briefOf } from '../../shared/schemas/brief-of.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { countNeeds, countTiles, filterLines, linesOf, orderLines } from '../../web/src/fleet-order.ts'
import { tell, wordOf } from '../../web/src/project-look.ts'
import { keepOrder } from '../../web/src/steady.ts'

const NOW = Date.parse('2026-11-26T03:12:00Z')
const project = (id: string, more: Partial<ProjectView> = {}): ProjectView => ({
  ...PROJECT,
  id,
  enabled: true,
  stuck: null,
  held: null,
  ...more,
})
const ended = (state: Run['state']) => ({ run: 'p-9', state, finished_at: '2026-11-26T02:00:00Z' })
const active = (more: Partial<Run>): Run => ({ ...RUN, finished_at: null, state: 'syncing', ...more })

describe('wordOf', () => {
  it.each([
    ['ok', project('a', { last_run: ended('succeeded') }), undefined],
    ['failed', project('a', { last_run: ended('failed') }), undefined],
    ['blocked', project('a', { last_run: ended('blocked') }), undefined],
    ['held', project('a', { last_run: ended('blocked'), held: { run: 'p-9', problems: ['x'] } }), undefined],
    ['blocked', project('a', { last_run: ended('blocked'), held: { run: 'p-8', problems: ['x'] } }), undefined],
    ['disabled', project('a', { last_run: ended('failed'), enabled: false }), undefined],
    ['never', project('a', { last_run: null }), undefined],
    ['stuck', project('a', { stuck: 'no master' }), active({ state: 'queued' })],
    ['running', project('a', { stuck: 'no master' }), active({})],
    ['to slaves', project('a'), active({ state: 'fanning_out' })],
    ['publishing', project('a'), active({ state: 'publishing' })],
    ['queued', project('a'), active({ state: 'queued' })],
    [
      'waiting',
      project('a'),
      active({ upstream: { ...RUN.upstream, state: 'syncing', next_attempt_at: '2026-11-26T03:12:25Z' } }),
    ],
    [
      'running',
      project('a'),
      active({ upstream: { ...RUN.upstream, state: 'syncing', next_attempt_at: '2026-11-26T03:11:59Z' } }),
    ],
  ] as const)('is %s', (word, view, run) => {
    expect(wordOf(view, run, undefined, NOW)).toBe(word)
  })

  it('is unchanged only when that is known of the last run', () => {
    const view = project('a', { last_run: ended('succeeded') })
    const brief = briefOf({ ...RUN, upstream: { ...RUN.upstream, state: 'unchanged' } })
    expect(wordOf(view, undefined, { ...brief, run: 'p-9' }, NOW)).toBe('unchanged')
    expect(wordOf(view, undefined, { ...brief, run: 'p-8' }, NOW)).toBe('ok')
  })
})

describe('tell', () => {
  const failed = briefOf({ ...RUN, state: 'failed', error: { code: 'UPSTREAM_FAILED', message: 'auth failed' } })

  it('says since when and over how many runs, and the cause', () => {
    const history = [
      { ...failed, run: 'p-9', finished_at: '2026-11-25T21:00:00Z' },
      { ...failed, run: 'p-8', finished_at: '2026-11-25T20:00:00Z', dry_run: true },
      { ...failed, run: 'p-7', finished_at: '2026-11-25T19:00:00Z' },
      { ...briefOf(RUN), run: 'p-6' },
      { ...failed, run: 'p-5' },
    ]
    const said = tell(project('a', { last_run: ended('failed') }), 'failed', undefined, history, NOW)
    expect(said.reason).toBe('auth failed')
    expect(said.detail).toMatch(/^since 2[56] Nov \d\d:00, 2 runs$/)
  })

  it('says when the next attempt begins', () => {
    const upstream = { ...RUN.upstream, error: 'Name or service not known', next_attempt_at: '2026-11-26T03:12:25Z' }
    expect(tell(project('a'), 'waiting', active({ attempt: 1, upstream }), [], NOW)).toEqual({
      detail: 'retry in 25 s, attempt 2',
      reason: 'Name or service not known',
    })
  })
})

describe('the order of the list', () => {
  const lines = linesOf(
    [
      project('zlib', { last_run: ended('succeeded') }),
      project('cpan', { last_run: ended('failed'), last_success_at: '2026-11-26T01:00:00Z' }),
      project('fedora', { last_run: ended('blocked'), last_success_at: '2026-11-25T01:00:00Z' }),
      project('arch', { last_run: ended('partial') }),
      project('alpine', { last_run: ended('succeeded') }),
      project('old', { enabled: false }),
    ],
    new Map(),
    NOW,
  )
  const shown = (items: ReturnType<typeof orderLines>) =>
    items.map((item) => ('head' in item ? `${item.head} ${item.count}` : item.line.project.id))

  it('begins with what has been in trouble for longest', () => {
    expect(shown(orderLines(lines, 'Trouble first'))).toEqual([
      'Needs you 2',
      'fedora',
      'cpan',
      'In progress or recovering 1',
      'arch',
      'Healthy 2',
      'alpine',
      'zlib',
      'Off or new 1',
      'old',
    ])
    expect(countNeeds(lines)).toBe(2)
    expect(countTiles(lines)).toMatchObject({ failed: 1, blocked: 1, held: 0, partial: 1, ok: 2, running: 0 })
  })

  it('has no heads in another order', () => {
    expect(shown(orderLines(lines, 'Name'))).toEqual(['alpine', 'arch', 'cpan', 'fedora', 'old', 'zlib'])
  })

  it('is filtered by tiles and by text, which finds states and hosts too', () => {
    expect(filterLines(lines, new Set(['failed', 'blocked']), '')).toHaveLength(2)
    expect(filterLines(lines, new Set(['failed']), 'fedora')).toHaveLength(0)
    expect(filterLines(lines, new Set(), ' DISABLED ').map(({ project: { id } }) => id)).toEqual(['old'])
  })

  it('stays while somebody points at it; what is new comes last, and what is gone goes', () => {
    const before = orderLines(lines, 'Name')
    const now = orderLines(linesOf([project('aaa'), project('zlib'), project('arch')], new Map(), NOW), 'Name')
    expect(shown(keepOrder(before, now))).toEqual(['arch', 'zlib', 'aaa'])
  })
})

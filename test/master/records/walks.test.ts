import { describe, expect, it } from 'vitest'
import { planWalk, type WalkQuestion } from '../../../master/records/walks.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { showSource } from '../../../shared/show-source.ts'
import { project } from '../../helpers/stored.ts'

const NOW = Date.parse('2026-11-26T12:00:00.000Z')
const DAY_MS = 86_400_000
const options = (basic: string[], del = '--delete') => ({ rsync_options: { basic, defaults: ['-avH'], delete: del } })

function plan(change: Partial<StoredProject> = {}, more: Partial<WalkQuestion> = {}) {
  const base = project('p', { layout: 'debian', by_index: true, ...options([]), ...change })
  return planWalk({
    project: { ...base, pulled_from: change.pulled_from ?? showSource(base) },
    request: { mode: 'sync', force: false, dryRun: false },
    record: { walked_at: new Date(NOW - DAY_MS).toISOString(), index_runs: 5 },
    isWhole: true,
    now: NOW,
    walkDays: 7,
    walkEvery: 100,
    ...more,
  })
}

describe('a run of a project with a layout', () => {
  it('goes by index, until a walk is due', () => {
    const walkedAt = (days: number, index_runs: number) =>
      plan({}, { record: { walked_at: new Date(NOW - days * DAY_MS).toISOString(), index_runs } }).look
    expect([walkedAt(1, 0), walkedAt(6.9, 99), walkedAt(7, 0), walkedAt(0, 100)]).toEqual([
      'index',
      'index',
      'due',
      'due',
    ])
  })

  it.each([
    ['the last walk is not known', {}, { record: {} }],
    ['the tree was not found whole', {}, { isWhole: false }],
    ['it is a full run', {}, { request: { mode: 'full' as const, force: false, dryRun: false } }],
    ['it is forced', {}, { request: { mode: 'sync' as const, force: true, dryRun: false } }],
    [
      'it publishes what is held',
      {},
      { request: { mode: 'sync' as const, force: false, dryRun: false, publishHeld: true } },
    ],
    ['names are excluded', options(['--exclude=*.iso']), {}],
    ['large files are skipped', options(['--max-size=1g']), {}],
    ['folders are pruned', options(['-m']), {}],
    ['what is there decides', options(['--ignore-existing']), {}],
    ['links are munged', options(['--munge-links']), {}],
    ['nothing is ever deleted', options([], ''), {}],
    ['a part may stay unseen', { tolerated_exit_codes: [23 as const] }, {}],
    ['the tree came from elsewhere', { pulled_from: 'rsync://other/pub' }, {}],
    ['the run before was blocked', { last_run: { run: 'p-1', state: 'blocked' as const, finished_at: null } }, {}],
  ])('walks when %s, and says why', (_name, change, more) => {
    expect(plan(change, more)).toMatchObject({ look: 'walk', reason: expect.any(String) })
  })

  it.each([
    ['a plain tree', { layout: 'plain' as const }, {}],
    ['lists of sums', { layout: 'checksums' as const }, {}],
    ['a project that does not ask for it', { by_index: false }, {}],
    ['a dry run', {}, { request: { mode: 'sync' as const, force: false, dryRun: true } }],
  ])('walks without a word for %s', (_name, change, more) => {
    expect(plan(change, more)).toEqual({ look: 'walk', reason: null })
  })

  it('goes by index with options of the transport and of attributes', () => {
    expect(plan(options(['--bwlimit=10m', '-z', '--chmod=F644', '-4', '--safe-links'])).look).toBe('index')
  })
})

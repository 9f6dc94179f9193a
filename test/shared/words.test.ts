import { describe, expect, it } from 'vitest'
import {
  showAgo,
  showChanges,
  showCount,
  showMaster,
  showNext,
  showProgress,
  showSize,
  showSpan,
  showState,
  showWait,
} from '../../shared/words.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

describe('words', () => {
  it.each([
    ['a size', showSize(1_300_000_000), '1.2 GiB'],
    ['a small size', showSize(1023), '1023 B'],
    ['no size', showSize(null), '–'],
    ['a count', showCount(1_234_567), '1,234,567'],
    ['no count', showCount(null), '–'],
    ['an age', showAgo('2026-11-24T09:00:00Z', NOW), '3 hours ago'],
    ['an age of less than a second', showAgo('2026-11-24T11:59:59.500Z', NOW), 'now'],
    ['a time in less than a second', showAgo('2026-11-24T12:00:00.999Z', NOW), 'now'],
    ['a time in a second', showAgo('2026-11-24T12:00:01Z', NOW), 'in 1 second'],
    ['no age', showAgo(null, NOW), 'never'],
    ['a next run', showNext('2026-11-24T12:05:00Z', NOW), 'in 5 minutes'],
    ['no next run', showNext(null, NOW), 'none'],
    ['a span', showSpan(3_723), '1:02:03'],
    ['an unknown span', showSpan(null), '?'],
    ['changes', showChanges({ added: 1, modified: 2, deleted: 3 }), '+1 ~2 -3'],
    ['no changes known', showChanges(null), '–'],
    ['a state', showState('fanning_out'), 'fanning out'],
    ['the master that leads a project of any', showMaster({ node: 'any', lead: 'ftp1' }), 'ftp1 (any)'],
    ['a project of any that nobody leads', showMaster({ node: 'any', lead: null }), 'any'],
    ['the one master of a project', showMaster({ node: 'ftp2', lead: 'ftp2' }), 'ftp2'],
  ])('show %s', (_what, shown, expected) => expect(shown).toBe(expected))

  it('show progress by its rate and the time left', () => {
    const progress = { percent: 50, bytes: 1, rate: 1_258_291.2, eta_s: 5, files_checked: 1, files_total: 2 }
    expect(showProgress(progress)).toBe('1.2 MiB/s, 0:05 left')
  })
})

it('says what a run between two attempts waits for', () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString()
  const upstream = {
    state: 'syncing' as const,
    started_at: at(0),
    finished_at: at(1),
    exit_code: 10,
    progress: null,
    summary: null,
    error: 'Name or service not known',
    next_attempt_at: at(26),
    attempt_limit: 4,
  }
  const wait = (more: object, now: number) => showWait({ attempt: 1, upstream: { ...upstream, ...more } }, now * 1000)
  expect(wait({}, 1)).toBe('retrying in 25 s (attempt 2 of 4): Name or service not known')
  expect(wait({ next_attempt_at: at(301) }, 1)).toContain('in 5:00 (')
  expect(wait({}, 27)).toBe('retrying as soon as it is its turn (attempt 2 of 4): Name or service not known')
  expect(wait({ error: 'It is being updated.', attempt_limit: null }, 1)).toBe(
    'looking again in 25 s: It is being updated.',
  )
  expect(wait({ error: null }, 1)).toBe('retrying in 25 s (attempt 2 of 4)')
  expect(wait({ next_attempt_at: null }, 1)).toBeNull()
})

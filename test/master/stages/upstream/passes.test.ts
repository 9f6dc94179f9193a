import { describe, expect, it } from 'vitest'
import { deleteLimit, deletePass, entriesBefore, planPasses } from '../../../../master/stages/upstream/passes.ts'
import { planRetry } from '../../../../master/stages/upstream/retry.ts'

describe('planPasses', () => {
  it('moves everything at once, or what is indexed first', () => {
    expect(planPasses('single', 'guarded')).toMatchObject([{ filters: [], deletes: { atMost: 0 } }])
    expect(planPasses('rpm', 'at_once')).toMatchObject([
      { filters: [{ exclude: 'repodata/' }], deletes: 'never' },
      { filters: [], deletes: 'unlimited' },
    ])
    const [first, second] = planPasses('debian', 'guarded')
    expect(first?.filters.slice(0, 2)).toEqual([{ include: '*.diff/' }, { include: 'by-hash/' }])
    expect(first?.filters).toContainEqual({ exclude: 'Release*' })
    expect(second).toMatchObject({ filters: [], deletes: { atMost: 0 } })
    expect(planPasses({ first_pass_exclude: ['*.idx'] }, 'never')[0]?.filters).toEqual([{ exclude: '*.idx' }])
  })
})

describe('deleteLimit', () => {
  it.each([
    [100, 50, null, 50],
    [100, 0, null, Number.POSITIVE_INFINITY],
    [100, 50, 10, 10],
    [100, 0, 10, 10],
    [3, 50, null, 1],
    [0, 50, null, 0],
  ])('of %i files with %i %% and an own limit of %j is %i', (had, percent, own, expected) => {
    expect(deleteLimit(had, percent, own).entries).toBe(expected)
  })
  it('of no limit is a pass without one', () => {
    expect(deletePass(Number.POSITIVE_INFINITY).deletes).toBe('unlimited')
    expect(deletePass(7).deletes).toEqual({ atMost: 7 })
  })
  it('counts what the tree had where it is not known', () => {
    const counted = {
      added: 10,
      modified: 0,
      deleted: 0,
      errors: 0,
      bytes_transferred: 0,
      total_files: 60,
      total_size: 0,
    }
    expect(entriesBefore(null, counted, 40)).toBe(90)
    expect(entriesBefore(100, counted, 40)).toBe(100)
  })
})

describe('planRetry', () => {
  const plan = (outcome: 'retry' | 'once' | 'permanent' | 'success', attempt: number, random = 0.5) =>
    planRetry({ outcome, attempt, retryLimit: 3, backoffS: 30, random })
  it('doubles the wait, spreads it, and ends', () => {
    expect([1, 2, 3, 4].map((attempt) => plan('retry', attempt))).toEqual([30_000, 60_000, 120_000, null])
    expect([plan('retry', 1, 0), plan('retry', 1, 0.999)]).toEqual([15_000, 44_970])
    expect([plan('once', 1), plan('once', 2), plan('permanent', 1), plan('success', 1)]).toEqual([
      30_000,
      null,
      null,
      null,
    ])
    expect(planRetry({ outcome: 'retry', attempt: 90, retryLimit: 100, backoffS: 30, random: 0.5 })).toBe(3_600_000)
  })
})

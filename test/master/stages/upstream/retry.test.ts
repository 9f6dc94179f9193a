import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planLook, planRetry } from '../../../../master/stages/upstream/retry.ts'
import type { Outcome } from '../../../../shared/trees/source.ts'

const plan = (outcome: Outcome, attempt: number, more = {}) =>
  planRetry({ outcome, attempt, retryLimit: 3, backoffS: 30, random: 0.5, ...more })

describe('planRetry', () => {
  it('doubles the wait, spreads it, and ends', () => {
    expect([1, 2, 3, 4].map((attempt) => plan('retry', attempt))).toEqual([30_000, 60_000, 120_000, null])
    expect([0, 0.999].map((random) => plan('retry', 1, { random }))).toEqual([15_000, 44_970])
    expect(plan('retry', 90, { retryLimit: 100 })).toBe(3_600_000)
  })

  it.each<[Outcome, number, number]>([
    ['retry', 3, 3],
    ['retry', 0, 0],
    ['once', 3, 1],
    ['once', 0, 0],
    ['success', 3, 0],
    ['noted', 3, 0],
    ['permanent', 3, 0],
    ['operator', 3, 0],
    ['stopped', 3, 0],
  ])('after "%s" with a limit of %i allows %i more attempts', (outcome, retryLimit, allowed) => {
    const attempts = [1, 2, 3, 4, 5]
    expect(attempts.filter((attempt) => plan(outcome, attempt, { retryLimit }) !== null)).toHaveLength(allowed)
  })

  it('waits between half and one and a half of the back-off, and of an hour at most', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 5_000 }),
        random,
        (attempt, backoffS, r) => {
          const planned = plan('retry', attempt, { retryLimit: 50, backoffS, random: r }) ?? 0
          const middle = Math.min(backoffS * 1000 * 2 ** (attempt - 1), 3_600_000)
          expect(planned).toBeGreaterThanOrEqual(middle / 2)
          expect(planned).toBeLessThanOrEqual(Math.ceil(middle * 1.5))
        },
      ),
    )
  })
})

describe('planLook', () => {
  it('looks sixty times, but not more often than every second, and no longer than is allowed', () => {
    expect([planLook(0, 3600), planLook(3_539_999, 3600), planLook(3_540_001, 3600)]).toEqual([60_000, 60_000, null])
    expect([planLook(0, 1), planLook(1_000, 1), planLook(0, 0)]).toEqual([1_000, null, null])
  })
})

import { describe, expect, it } from 'vitest'
import { planRetry } from '../../../../master/stages/upstream/retry.ts'

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

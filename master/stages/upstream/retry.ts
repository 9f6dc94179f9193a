// Whether and when a failed attempt is made again: pure.

import type { Outcome } from '../../../shared/trees/source.ts'

const LONGEST_MS = 3_600_000

/** What a plan depends on. `attempt` counts from 1, `random` lies in [0, 1). */
export interface RetryQuestion {
  outcome: Outcome
  attempt: number
  retryLimit: number
  backoffS: number
  random: number
}

/**
 * How long to wait before the next attempt, in milliseconds; null when there is none. The wait doubles with every
 * attempt, up to an hour, and is spread by half in both directions so that many projects do not come back at once.
 */
export function planRetry({ outcome, attempt, retryLimit, backoffS, random }: RetryQuestion): number | null {
  const allowed = outcome === 'retry' ? retryLimit : outcome === 'once' ? Math.min(1, retryLimit) : 0
  if (attempt > allowed) return null
  return Math.round(Math.min(backoffS * 1000 * 2 ** (attempt - 1), LONGEST_MS) * (0.5 + random))
}

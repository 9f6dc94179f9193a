// Whether and when a failed attempt is made again: pure.

import type { Outcome } from '../../../shared/trees/source.ts'
import type { UpstreamResult } from './attempt.ts'

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

/** What a run has tried so far. `number` is that of its attempt; `waitedMs` how long it waited for upstreams that are being updated. */
export interface Tried {
  number: number
  waitedMs: number
}

export interface Patience {
  retryLimit: number
  backoffS: number
  waitS: number
}

/** A further look: after `pause` milliseconds, as one of at most `limit` attempts, or as none (null). */
export interface Next {
  pause: number
  limit: number | null
  tried: Tried
}

/** What follows an attempt; null when nothing does. `random` lies in [0, 1). */
export function planNext(
  { outcome, isUpdating }: Pick<UpstreamResult, 'outcome' | 'isUpdating'>,
  { number, waitedMs }: Tried,
  { retryLimit, backoffS, waitS }: Patience,
  random: number,
): Next | null {
  if (isUpdating) {
    const pause = planLook(waitedMs, waitS)
    return pause === null ? null : { pause, limit: null, tried: { number, waitedMs: waitedMs + pause } }
  }
  const asked = outcome === 'blocked' || outcome === 'unchanged' ? 'operator' : outcome
  const pause = planRetry({ outcome: asked, attempt: number, retryLimit, backoffS, random })
  return pause === null ? null : { pause, limit: retryLimit + 1, tried: { number: number + 1, waitedMs } }
}

/** An upstream that is being updated is looked at so often while a run waits for it. */
const LOOKS = 60
const SHORTEST_LOOK_MS = 1_000

/**
 * How long to wait before an upstream that is being updated is looked at again, in milliseconds; null when the run has waited
 * for `waitS` seconds in all.
 */
export function planLook(waitedMs: number, waitS: number): number | null {
  const pause = Math.max(SHORTEST_LOOK_MS, (waitS * 1000) / LOOKS)
  return waitedMs + pause > waitS * 1000 ? null : pause
}

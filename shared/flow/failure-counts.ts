// Counts that a window of time bounds: how many log-ins may still fail.

import { LRUCache } from 'lru-cache'

/** At most `max` at once in a window, which begins with the first and lasts `windowMs`. */
export interface Limit {
  max: number
  windowMs: number
}

/** Counts in buckets; a twin in PostgreSQL counts for several masters. */
export interface FailureCounts {
  /** Takes one from a bucket. Null when it was taken; when none is left, the milliseconds until the window ends. */
  take: (bucket: string, limit: Limit) => Promise<number | null>
  /** Gives one back that was taken. */
  giveBack: (bucket: string) => Promise<void>
}

/** More buckets than an attacker fills within a window at the rate of the log-ins. */
const MOST_BUCKETS = 50_000

/** Counts in this process's memory. `now` is in milliseconds. */
export function createFailureCounts(now: () => number): FailureCounts {
  const buckets = new LRUCache<string, { taken: number; endsAt: number; windowMs: number }>({ max: MOST_BUCKETS })
  const current = (bucket: string) => {
    const found = buckets.get(bucket)
    if (found === undefined) return null
    const leftMs = found.endsAt - now()
    // More is left than there ever was: the clock was set back.
    return leftMs <= 0 || leftMs > found.windowMs ? null : found
  }
  return {
    take: async (bucket, { max, windowMs }) => {
      const found = current(bucket) ?? { taken: 0, endsAt: now() + windowMs, windowMs }
      if (found.taken >= max) return found.endsAt - now()
      buckets.set(bucket, { ...found, taken: found.taken + 1 })
      return null
    },
    giveBack: async (bucket) => {
      const found = current(bucket)
      if (found !== null) buckets.set(bucket, { ...found, taken: Math.max(0, found.taken - 1) })
    },
  }
}

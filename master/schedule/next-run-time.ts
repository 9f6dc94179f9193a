// Computes when a project runs next.

import { createHash } from 'node:crypto'
import type { Schedule } from '../../shared/schemas/schedule.ts'
import { createNextFire } from './fire-times.ts'

/** What a next run depends on. `jitter_s`: by how many seconds at most a run comes later than its fire time. */
export interface Scheduled {
  key: string
  enabled: boolean
  cron_options: Schedule | null
  jitter_s?: number | null
}

/**
 * The first run time at or after `at` (milliseconds since 1970), in ISO 8601. Null when the project is disabled or has
 * no further fire time.
 */
export function nextRunTime({ key, enabled, cron_options, jitter_s }: Scheduled, at: number): string | null {
  if (!enabled || cron_options === null) return null
  const nextFire = createNextFire(cron_options)
  const jitterMs = (jitter_s ?? 0) * 1000
  // A fire time that has passed may be followed by its run still.
  let fire = nextFire(at - jitterMs)
  while (fire !== null && fire + delayOf(key, fire, jitterMs) < at) fire = nextFire(fire + 1)
  return fire === null ? null : new Date(fire + delayOf(key, fire, jitterMs)).toISOString()
}

/** The same each time that it is asked for: a project that is looked at again keeps its place. */
function delayOf(key: string, fire: number, jitterMs: number): number {
  if (jitterMs === 0) return 0
  const share = createHash('sha256').update(`${key} ${fire}`).digest().readUInt32BE() / 2 ** 32
  return Math.round(share * jitterMs)
}

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
  /** How many seconds after the end of the last run, in place of `cron_options`. */
  interval_s?: number | null
  active_runs?: readonly string[]
  last_run?: { finished_at: string | null } | null
}

/** Whether runs come by themselves while the project is enabled. */
export function hasSchedule({ cron_options, interval_s }: Pick<Scheduled, 'cron_options' | 'interval_s'>): boolean {
  return cron_options !== null || goesByInterval({ interval_s })
}

/** Whether the next run depends on the end of the one before. */
export function goesByInterval({ interval_s }: { interval_s?: number | null | undefined }): boolean {
  return (interval_s ?? null) !== null
}

/**
 * The first run time at or after `at` (milliseconds since 1970), in ISO 8601. Null when the project is disabled or has
 * no further fire time; with an interval, while it has a run that has not ended.
 */
export function nextRunTime(project: Scheduled, at: number): string | null {
  const { key, enabled, cron_options, jitter_s } = project
  if (enabled && goesByInterval(project)) return nextByInterval(project, at)
  if (!enabled || cron_options === null) return null
  const nextFire = createNextFire(cron_options)
  const jitterMs = (jitter_s ?? 0) * 1000
  // A fire time that has passed may be followed by its run still.
  let fire = nextFire(at - jitterMs)
  while (fire !== null && fire + delayOf(key, fire, jitterMs) < at) fire = nextFire(fire + 1)
  return fire === null ? null : new Date(fire + delayOf(key, fire, jitterMs)).toISOString()
}

/** The next run time of a project whose fire time was just used up. */
export function nextAfterFire(project: Scheduled, at: number): string | null {
  return goesByInterval(project) ? null : nextRunTime(project, at + 1)
}

/** A project that never ran is due at once. */
function nextByInterval(project: Scheduled, at: number): string | null {
  const { key, interval_s, jitter_s, active_runs = [], last_run = null } = project
  if (active_runs.length > 0) return null
  const finishedAt = last_run?.finished_at ?? null
  if (finishedAt === null) return new Date(at).toISOString()
  // An end that lies ahead is of a clock that was set back since.
  const end = Math.min(Date.parse(finishedAt), at)
  const due = end + (interval_s ?? 0) * 1000 + delayOf(key, end, (jitter_s ?? 0) * 1000)
  return new Date(Math.max(at, due)).toISOString()
}

/** The same each time that it is asked for: a project that is looked at again keeps its place. */
function delayOf(key: string, fire: number, jitterMs: number): number {
  if (jitterMs === 0) return 0
  const share = createHash('sha256').update(`${key} ${fire}`).digest().readUInt32BE() / 2 ** 32
  return Math.round(share * jitterMs)
}

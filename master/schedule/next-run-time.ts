// Computes when a project runs next.

import type { Schedule } from '../../shared/schemas/schedule.ts'
import { createNextFire } from './fire-times.ts'

/**
 * The first run time at or after `at` (milliseconds since 1970), in ISO 8601. Null when the project is disabled or has
 * no further fire time.
 */
export function nextRunTime(project: { enabled: boolean; cron_options: Schedule | null }, at: number): string | null {
  if (!project.enabled || project.cron_options === null) return null
  const next = createNextFire(project.cron_options)(at)
  return next === null ? null : new Date(next).toISOString()
}

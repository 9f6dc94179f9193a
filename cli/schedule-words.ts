// The schedule of a project in words. Pure.

import type { ProjectView } from '../shared/schemas/project.ts'
import { showSpan } from '../shared/words.ts'

/** `hour 6, minute 30`, or how long after the end of a run the next one is due; `none` without either. */
export function showSchedule({ cron_options, interval_s }: Pick<ProjectView, 'cron_options' | 'interval_s'>): string {
  if (cron_options !== null)
    return Object.entries(cron_options)
      .map(([field, value]) => `${field} ${value}`)
      .join(', ')
  return interval_s ? `${showSpan(interval_s)} after the end of a run` : 'none'
}

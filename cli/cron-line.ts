// Reads the five time fields of a crontab's line as a schedule of the API (crontab(5)). Pure.

import { showWeekdays } from './cron-weekdays.ts'

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** `eitherDay`: both day and weekday are limited, which cron takes as an or and a schedule as an and. `rest` is what follows. */
export interface CronLine {
  schedule: Record<string, string>
  eitherDay: boolean
  rest: string
}

/** @throws {Error} when it does not begin with five fields or a macro that has a time. */
export function readCronLine(line: string): CronLine {
  const plain = line.trim().replace(/^@\w+/, (macro) => MACROS[macro.toLowerCase()] ?? macro)
  const [minute = '', hour = '', day = '', month = '', weekday, ...rest] = plain.split(/\s+/)
  if (weekday === undefined || plain.startsWith('@'))
    throw new Error('its schedule is neither five fields, as in 0 */6 * * *, nor a macro such as @daily')
  const weekdays = showWeekdays(weekday)
  const schedule = {
    minute,
    hour,
    ...given('day', day),
    ...given('month', month),
    ...given('day_of_week', weekdays),
  }
  return { schedule, eitherDay: day !== '*' && weekdays !== '*', rest: rest.join(' ') }
}

const given = (field: string, value: string) => (value === '*' ? {} : { [field]: value })

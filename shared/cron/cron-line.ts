// Reads the five time fields of a crontab's line as a schedule of the API (crontab(5)). Pure.

import { showCronField } from './cron-field.ts'
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
  const [minute = '', hour = '', day = '', month = '', weekday] = plain.split(/\s+/)
  if (weekday === undefined || plain.startsWith('@'))
    throw new Error('its schedule is neither five fields, as in 0 */6 * * *, nor a macro such as @daily')
  const [days, weekdays] = [showCronField('day', day), showWeekdays(weekday)]
  // Cron takes both, unless neither begins with an asterisk: then one is enough, and one that names all days decides.
  const oneIsEnough = !day.startsWith('*') && !weekday.startsWith('*')
  const isEveryDay = oneIsEnough && (days === '*' || weekdays === '*')
  const schedule = {
    minute: showCronField('minute', minute),
    hour: showCronField('hour', hour),
    ...given('day', isEveryDay ? '*' : days),
    ...given('month', showCronField('month', month)),
    ...given('day_of_week', isEveryDay ? '*' : weekdays),
  }
  return { schedule, eitherDay: oneIsEnough && !isEveryDay, rest: takeFields(plain) }
}

/** What follows five fields, with its blanks as they are. */
const takeFields = (line: string): string => line.replace(/^(\S+\s+){5}|^(\S+\s+){4}\S+$/, '')

const given = (field: string, value: string) => (value === '*' ? {} : { [field]: value })

// Shows a schedule as the five time fields of a crontab's line, where cron has them. Pure.

import type { ScheduleField } from '../schemas/schedule-fields.ts'

type Fields = Partial<Readonly<Record<ScheduleField, string | number>>>

/** In the order of a crontab; the schedule's own order, from the largest to the smallest, decides what is left out. */
const CRON_FIELDS = ['minute', 'hour', 'day', 'month', 'day_of_week'] as const
const LARGEST_FIRST: readonly string[] = ['month', 'day', 'day_of_week', 'hour', 'minute']
/** What cron takes, but for names. */
const PLAIN = /^[\d*,/-]+$/
const WEEKDAYS = /^(\*|(mon|tue|wed|thu|fri|sat|sun)([-,](mon|tue|wed|thu|fri|sat|sun))*)$/i
/** A field that is left out is its lowest value when it is smaller than all that are given, and else any (APScheduler's rule). */
const LOWEST = { month: '1', day: '1', day_of_week: '*', hour: '0', minute: '0' } as const

/** Null for an empty schedule, and for one that no line of a crontab is the same as. */
export function showCronLine(fields: Fields): string | null {
  const given = Object.entries(fields).filter(([, value]) => `${value ?? ''}` !== '')
  if (given.length === 0 || given.some(([name]) => !CRON_FIELDS.some((field) => field === name))) return null
  const smallest = Math.max(...given.map(([name]) => LARGEST_FIRST.indexOf(name)))
  const textOf = (name: (typeof CRON_FIELDS)[number]): string =>
    `${fields[name] ?? (LARGEST_FIRST.indexOf(name) > smallest ? LOWEST[name] : '*')}`
  const texts = CRON_FIELDS.map(textOf)
  const isKnown = texts.every((text, index) =>
    CRON_FIELDS[index] === 'day_of_week' ? WEEKDAYS.test(text) : PLAIN.test(text),
  )
  // Cron takes a day or a weekday, a schedule both.
  const [, , day, , weekday] = texts
  return isKnown && (day === '*' || weekday === '*') ? texts.join(' ') : null
}

// Computes when a schedule fires next: pure, in steps of days and field values, not of seconds.

import type { Zone } from 'luxon'
import { atField, InvalidSchedule } from '../../shared/errors.ts'
import type { CronOptions, Schedule } from '../../shared/schemas/schedule.ts'
import { createDaySearch, type Day, valuesOf } from './calendar.ts'
import { type ParsedFields, parseFields } from './fields.ts'
import { parseDate } from './start-date.ts'
import { findZone, toInstantMs, toWallMs } from './wall-time.ts'

/** The first fire time at or after an instant, both in milliseconds since 1970 in UTC, or null when there is none. */
export type NextFire = (at: number) => number | null

const DAY_MS = 86_400_000

/**
 * Checks the schedule of a request. Returns the schedule to store, or null when no field is given. Relative dates
 * ("tomorrow") are relative to `now`, in milliseconds since 1970.
 *
 * @throws {InvalidSchedule} that names the invalid field, such as `minute`.
 */
export function readSchedule(options: CronOptions, now: number): Schedule | null {
  const fields = parseFields(options)
  const named = Object.values(options).some((value) => value !== undefined && value !== null)
  if (fields === null) {
    if (!named) return null
    throw new InvalidSchedule(
      'A schedule needs at least one of year, month, day, week, day_of_week, hour, minute, second',
    )
  }
  const zone = readZone(options.timezone)
  const start = readDate('start_date', options.start_date, now, zone)
  const end = readDate('end_date', options.end_date, now, zone)
  return {
    ...fields.sources,
    ...(start === undefined ? {} : { start_date: new Date(start).toISOString() }),
    ...(end === undefined ? {} : { end_date: new Date(end).toISOString() }),
    ...(options.timezone ? { timezone: options.timezone } : {}),
  }
}

/**
 * Makes the search for the fire times of a stored schedule. Fire times are those of APScheduler 3's CronTrigger in UTC;
 * in other zones, a time that a clock change skips fires at the change, and a time that it repeats fires once.
 */
export function createNextFire(schedule: Schedule): NextFire {
  const fields = parseFields(schedule)
  const zone = findZone(schedule.timezone)
  if (fields === null || zone === null) throw new Error('A stored schedule must have fields and a known time zone')
  const start = schedule.start_date === undefined ? Number.NEGATIVE_INFINITY : Date.parse(schedule.start_date)
  const end = schedule.end_date === undefined ? Number.POSITIVE_INFINITY : Date.parse(schedule.end_date)
  const nextWall = createNextWall(fields)
  return (at) => {
    const from = Math.ceil(Math.max(at, start) / 1000) * 1000
    const fire = nextInstant(nextWall, from, zone)
    return fire === null || fire > end ? null : fire
  }
}

/** A stored schedule as it is shown: every field as APScheduler writes it. */
export function showSchedule(schedule: Schedule): Schedule {
  return { ...schedule, ...parseFields(schedule)?.texts }
}

/** Up to `count` fire times at or after `at`, each strictly after the one before; shorter when the schedule ends. */
export function listFires(nextFire: NextFire, at: number, count: number): number[] {
  const fires: number[] = []
  let next = nextFire(at)
  while (next !== null && fires.length < count) {
    fires.push(next)
    next = nextFire(next + 1000)
  }
  return fires
}

function readZone(name: string | null | undefined): Zone {
  const zone = findZone(name ?? undefined)
  if (zone !== null) return zone
  throw atField(
    new InvalidSchedule(`timezone: "${name}" is not an IANA time zone; an example is "Europe/Paris"`),
    'timezone',
  )
}

function readDate(
  name: 'start_date' | 'end_date',
  text: string | null | undefined,
  now: number,
  zone: Zone,
): number | undefined {
  if (text === undefined || text === null) return undefined
  const date = parseDate(text, now, zone)
  if (date !== null) return date
  throw atField(
    new InvalidSchedule(
      `${name}: "${text}" is not understood; use a form such as 2026-12-24 18:00 or 2026-12-24T18:00:00+01:00`,
    ),
    name,
  )
}

function nextInstant(nextWall: NextFire, from: number, zone: Zone): number | null {
  let wall = nextWall(toWallMs(from, zone))
  while (wall !== null) {
    const instant = toInstantMs(wall, zone)
    if (instant >= from) return instant
    // `from` is in the second occurrence of an hour whose first has fired: continue after the repeated hour.
    const offset = zone.offset(from)
    wall = nextWall(Math.max(wall + 1000, toWallMs(instant, zone) + (zone.offset(instant) - offset) * 60_000))
  }
  return null
}

/** The next matching time on a clock without zones. */
function createNextWall(fields: ParsedFields): NextFire {
  const nextDay = createDaySearch(fields)
  const hours = valuesOf('hour', fields.terms.hour)
  const minutes = valuesOf('minute', fields.terms.minute)
  const seconds = valuesOf('second', fields.terms.second)
  const firstOfDay = toSeconds(hours[0], minutes[0], seconds[0])

  return (at) => {
    const date = new Date(at)
    const today: Day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
    const time = nextTime(hours, minutes, seconds, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds())
    const midnight = Date.UTC(today.year, today.month - 1, today.day)
    const found = nextDay(time === null ? dayOf(midnight + DAY_MS) : today)
    if (found === null) return null
    const foundMidnight = Date.UTC(found.year, found.month - 1, found.day)
    return foundMidnight + (time !== null && foundMidnight === midnight ? time : firstOfDay) * 1000
  }
}

function dayOf(at: number): Day {
  const date = new Date(at)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** The first matching second of the day at or after the given time of day, or null when the day is over. */
function nextTime(
  hours: readonly number[],
  minutes: readonly number[],
  seconds: readonly number[],
  hour: number,
  minute: number,
  second: number,
): number | null {
  const nextHour = hours.find((value) => value >= hour)
  if (nextHour === undefined) return null
  if (nextHour > hour) return toSeconds(nextHour, minutes[0], seconds[0])
  const nextMinute = minutes.find((value) => value >= minute)
  if (nextMinute === minute) {
    const nextSecond = seconds.find((value) => value >= second)
    if (nextSecond !== undefined) return toSeconds(hour, minute, nextSecond)
  }
  const laterMinute = nextMinute === minute ? minutes.find((value) => value > minute) : nextMinute
  if (laterMinute !== undefined) return toSeconds(hour, laterMinute, seconds[0])
  const laterHour = hours.find((value) => value > hour)
  return laterHour === undefined ? null : toSeconds(laterHour, minutes[0], seconds[0])
}

function toSeconds(hour = 0, minute = 0, second = 0): number {
  return hour * 3600 + minute * 60 + second
}

// Finds the next day that a schedule matches. Each kind of year is scanned once only.

import type { FieldName } from '../../shared/schemas/schedule.ts'
import { LIMITS, type ParsedFields, type Term } from './fields.ts'

/** A day of the proleptic Gregorian calendar; `month` and `day` count from 1. */
export interface Day {
  year: number
  month: number
  day: number
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * The sorted values that a field's terms name within the field's limits. Only for fields without `last` and weekday
 * positions: all except `day`.
 */
export function valuesOf(name: FieldName, terms: readonly Term[]): number[] {
  const [minimum, maximum] = LIMITS[name]
  const values: number[] = []
  for (let value = minimum; value <= maximum; value++) {
    if (terms.some((term) => matchesRange(term, value))) values.push(value)
  }
  return values
}

/**
 * Makes the search for matching days of one schedule. The returned function gives the first matching day at or after
 * `from`, or null. Two years match alike, ISO 8601 weeks included, when their 1 January is on the same weekday, both or
 * neither are leap years, and so are the years before them; one scan serves all years of a kind.
 */
export function createDaySearch(fields: ParsedFields): (from: Day) => Day | null {
  const months = new Set(valuesOf('month', fields.terms.month))
  const weeks = new Set(valuesOf('week', fields.terms.week))
  const weekdays = new Set(valuesOf('day_of_week', fields.terms.day_of_week))
  const { day: dayTerms, year: yearTerms } = fields.terms
  const firstOfKind = new Map<number, Day | null>()

  const fitsWeek = (year: number, ordinal: number, weekday: number): boolean =>
    weeks.size === 53 || weeks.has(isoWeek(year, ordinal, weekday))

  const scanYear = (year: number, fromMonth: number, fromDay: number): Day | null => {
    const firstWeekday = firstWeekdayOf(year)
    let beforeMonth = 0
    for (let month = 1; month <= 12; month++) {
      const length = monthLength(year, month)
      const start = month < fromMonth || !months.has(month) ? length + 1 : month === fromMonth ? fromDay : 1
      for (let day = start; day <= length; day++) {
        const ordinal = beforeMonth + day
        const weekday = (firstWeekday + ordinal - 1) % 7
        const fits = weekdays.has(weekday) && dayTerms.some((term) => matchesDay(term, day, weekday, length))
        if (fits && fitsWeek(year, ordinal, weekday)) return { year, month, day }
      }
      beforeMonth += length
    }
    return null
  }

  const scanWholeYear = (year: number): Day | null => {
    const kind = firstWeekdayOf(year) * 4 + Number(isLeap(year)) * 2 + Number(isLeap(year - 1))
    let found = firstOfKind.get(kind)
    if (found === undefined) {
      found = scanYear(year, 1, 1)
      firstOfKind.set(kind, found)
    }
    return found === null ? null : { ...found, year }
  }

  return (from) => {
    for (let year = from.year; year <= LIMITS.year[1]; year++) {
      if (!yearTerms.some((term) => matchesRange(term, year))) continue
      const whole = year !== from.year || (from.month === 1 && from.day === 1)
      const found = whole ? scanWholeYear(year) : scanYear(year, from.month, from.day)
      if (found !== null) return found
    }
    return null
  }
}

function matchesRange(term: Term, value: number): boolean {
  return term.kind === 'range' && value >= term.first && value <= term.last && (value - term.first) % term.step === 0
}

function matchesDay(term: Term, day: number, weekday: number, monthLength: number): boolean {
  if (term.kind === 'range') return matchesRange(term, day)
  if (term.kind === 'last_day') return day === monthLength
  if (weekday !== term.weekday) return false
  return term.nth === 6 ? day + 7 > monthLength : Math.ceil(day / 7) === term.nth
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

function monthLength(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0)
}

/** The weekday of 1 January; 0 is Monday. 1 January of the year 1 was a Monday. */
function firstWeekdayOf(year: number): number {
  const before = year - 1
  return (before + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)) % 7
}

/** The week of ISO 8601: weeks start on Monday, week 1 holds the year's first Thursday. `ordinal` is the day of the year. */
function isoWeek(year: number, ordinal: number, weekday: number): number {
  const week = Math.floor((ordinal - weekday + 9) / 7)
  if (week === 0) return weeksIn(year - 1)
  return week > weeksIn(year) ? 1 : week
}

/** A year has 53 weeks when it starts on a Thursday, or, being a leap year, on a Wednesday. */
function weeksIn(year: number): number {
  const first = firstWeekdayOf(year)
  return first === 3 || (first === 2 && isLeap(year)) ? 53 : 52
}

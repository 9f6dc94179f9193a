// Finds the next day that a schedule matches, one look at each kind of year.

import type { FieldName } from '../../shared/schemas/schedule.ts'
import { LIMITS, type ParsedFields, type Term } from './fields.ts'

/** A day of the proleptic Gregorian calendar; `month` and `day` count from 1. */
export interface Day {
  year: number
  month: number
  day: number
}

const DAY_MS = 86_400_000
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * The sorted values that a field's terms name within the field's limits. Only for fields without
 * `last` and weekday positions, that is all but `day`.
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
 * Makes the search for matching days of one schedule. The returned function gives the first matching day at or
 * after `from`, or null. Two years whose 1 January falls on the same weekday, with the same leap day and the same
 * length of the year before, match alike (ISO 8601 weeks included), so that each kind of year is scanned only once.
 */
export function createDaySearch(fields: ParsedFields): (from: Day) => Day | null {
  const months = new Set(valuesOf('month', fields.terms.month))
  const weeks = new Set(valuesOf('week', fields.terms.week))
  const weekdays = new Set(valuesOf('day_of_week', fields.terms.day_of_week))
  const firstOfKind = new Map<number, Day | null>()

  const matches = (year: number, month: number, day: number): boolean => {
    const weekday = weekdayOf(year, month, day)
    return (
      weekdays.has(weekday) &&
      fields.terms.day.some((term) => matchesDay(term, year, month, day, weekday)) &&
      (weeks.size === 53 || weeks.has(isoWeek(year, month, day, weekday)))
    )
  }

  const scanYear = (year: number, fromMonth: number, fromDay: number): Day | null => {
    for (let month = fromMonth; month <= 12; month++) {
      if (!months.has(month)) continue
      const length = monthLength(year, month)
      for (let day = month === fromMonth ? fromDay : 1; day <= length; day++) {
        if (matches(year, month, day)) return { year, month, day }
      }
    }
    return null
  }

  const scanWholeYear = (year: number): Day | null => {
    const kind = weekdayOf(year, 1, 1) * 4 + Number(isLeap(year)) * 2 + Number(isLeap(year - 1))
    let found = firstOfKind.get(kind)
    if (found === undefined) {
      found = scanYear(year, 1, 1)
      firstOfKind.set(kind, found)
    }
    return found === null ? null : { ...found, year }
  }

  return (from) => {
    for (let year = from.year; year <= LIMITS.year[1]; year++) {
      if (!fields.terms.year.some((term) => matchesRange(term, year))) continue
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

function matchesDay(term: Term, year: number, month: number, day: number, weekday: number): boolean {
  if (term.kind === 'range') return matchesRange(term, day)
  const length = monthLength(year, month)
  if (term.kind === 'last_day') return day === length
  if (weekday !== term.weekday) return false
  return term.nth === 6 ? day + 7 > length : Math.ceil(day / 7) === term.nth
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

function monthLength(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0)
}

/** 0 is Monday. */
function weekdayOf(year: number, month: number, day: number): number {
  // 1970-01-01 was a Thursday (3).
  return (((Date.UTC(year, month - 1, day) / DAY_MS + 3) % 7) + 7) % 7
}

/** The week of ISO 8601: weeks start on Monday, week 1 holds the year's first Thursday. */
function isoWeek(year: number, month: number, day: number, weekday: number): number {
  const thursday = new Date(Date.UTC(year, month - 1, day - weekday + 3))
  return Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (7 * DAY_MS)) + 1
}

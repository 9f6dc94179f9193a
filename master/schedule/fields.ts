// Parses the eight fields of a schedule with the syntax and the defaults of APScheduler 3's CronTrigger.

import { atField, InvalidSchedule } from '../../shared/errors.ts'
import { type CronOptions, FIELD_NAMES, type FieldName, type FieldTexts } from '../../shared/schemas/schedule.ts'

/** One part of a comma separated expression; numbers are already resolved from names. */
export type Term =
  | { kind: 'range'; first: number; last: number; step: number }
  | { kind: 'last_day' }
  /** The `nth` (1 to 5, 6 = last) given weekday (0 = Monday) of a month. */
  | { kind: 'weekday_position'; nth: number; weekday: number }

/**
 * The fields of a schedule. `sources` are the fields as written, with the defaults, and are stored; `texts` are the
 * fields as APScheduler shows them. The two can differ in meaning: APScheduler shows `0-0/1`, which matches 0 only, as
 * `0/1`, which matches all values.
 */
export interface ParsedFields {
  terms: Readonly<Record<FieldName, readonly Term[]>>
  sources: FieldTexts
  texts: FieldTexts
}

/** Inclusive limits of every field (APScheduler 3: `apscheduler/triggers/cron/fields.py`). */
export const LIMITS: Readonly<Record<FieldName, readonly [number, number]>> = {
  year: [1970, 9999],
  month: [1, 12],
  day: [1, 31],
  week: [1, 53],
  day_of_week: [0, 6],
  hour: [0, 23],
  minute: [0, 59],
  second: [0, 59],
}

const DEFAULTS: FieldTexts = {
  year: '*',
  month: '1',
  day: '1',
  week: '*',
  day_of_week: '*',
  hour: '0',
  minute: '0',
  second: '0',
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const POSITIONS = ['1st', '2nd', '3rd', '4th', '5th', 'last']

/**
 * Parses the fields of `options`; absent and null ones get their default. Returns null when none is given.
 *
 * @throws {InvalidSchedule} that names the invalid field.
 */
export function parseFields(options: CronOptions): ParsedFields | null {
  const given = FIELD_NAMES.filter((name) => options[name] !== undefined && options[name] !== null)
  const least = given.at(-1)
  if (least === undefined) return null
  const sources = { ...DEFAULTS }
  for (const name of FIELD_NAMES) {
    const value = options[name]
    if (value !== undefined && value !== null) sources[name] = String(value)
    else if (FIELD_NAMES.indexOf(name) < FIELD_NAMES.indexOf(least)) sources[name] = '*'
  }
  const texts = { ...sources }
  const terms: Partial<Record<FieldName, Term[]>> = {}
  for (const name of FIELD_NAMES) {
    const parts = parseField(name, sources[name])
    terms[name] = parts.map((part) => part.term)
    texts[name] = parts.map((part) => part.text).join(',')
  }
  return { terms: terms as Record<FieldName, Term[]>, sources, texts }
}

/** A term and its text as APScheduler writes it: names in lower case, `4-4` as `4`. */
interface Part {
  term: Term
  text: string
}

/**
 * Parses one field's comma separated expression.
 *
 * @throws {InvalidSchedule} that names the field and says what is allowed.
 */
function parseField(name: FieldName, text: string): Part[] {
  return text.split(',').map((part) => {
    try {
      return parsePart(name, part.trim())
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw atField(new InvalidSchedule(`${name}: "${part.trim()}" ${error.message}`), name)
    }
  })
}

function parsePart(name: FieldName, text: string): Part {
  const [minimum, maximum] = LIMITS[name]
  const all = /^\*(?:\/(\d{1,9}))?$/.exec(text)
  if (all) return { term: range(minimum, maximum, readStep(all[1]), maximum - minimum), text: `*${stepText(all[1])}` }

  const numbers = /^(\d{1,9})(?:-(\d{1,9}))?(?:\/(\d{1,9}))?$/.exec(text)
  if (numbers) return numberRange(minimum, maximum, numbers)

  const names = name === 'month' ? MONTHS : name === 'day_of_week' ? WEEKDAYS : undefined
  if (names) return nameRange(names, minimum, text)
  if (name === 'day') return dayPart(text)
  throw new RangeError(`is not understood; use ${minimum}-${maximum}, "*", "*/n", "a-b", "a-b/n" or a list of these`)
}

function numberRange(minimum: number, maximum: number, match: RegExpExecArray): Part {
  const first = Number(match[1])
  const given = match[2] === undefined ? undefined : Number(match[2])
  const last = given ?? (match[3] === undefined ? first : maximum)
  if (given !== undefined && first > given) throw new RangeError('starts above its end; write the smaller value first')
  if (first < minimum || last > maximum || first > maximum) throw new RangeError(`is outside ${minimum}-${maximum}`)
  const span = given === undefined || given === first ? String(first) : `${first}-${given}`
  return { term: range(first, last, readStep(match[3]), last - first), text: span + stepText(match[3]) }
}

function readStep(text: string | undefined): number {
  return text === undefined ? 1 : Number(text)
}

function stepText(text: string | undefined): string {
  return text === undefined ? '' : `/${Number(text)}`
}

function range(first: number, last: number, step: number, span: number): Term {
  if (step === 0) throw new RangeError('has the step 0; use 1 or more')
  // APScheduler's check does not apply to a plain value, which has no step.
  if (step > 1 && step > span) throw new RangeError(`has a step larger than its range (${span})`)
  return { kind: 'range', first, last, step }
}

function nameRange(names: readonly string[], offset: number, text: string): Part {
  const [first, last, ...more] = text.toLowerCase().split('-')
  const from = names.indexOf(first ?? '')
  const to = last === undefined ? from : names.indexOf(last)
  if (from < 0 || to < 0 || more.length > 0) {
    throw new RangeError(
      `is not understood; use numbers, ${names[0]} to ${names.at(-1)}, "*", "*/n", "a-b" or a list of these`,
    )
  }
  if (from > to) throw new RangeError('starts above its end; write the smaller value first')
  const term: Term = { kind: 'range', first: from + offset, last: to + offset, step: 1 }
  return { term, text: from === to ? String(names[from]) : `${names[from]}-${names[to]}` }
}

function dayPart(text: string): Part {
  if (text.toLowerCase() === 'last') return { term: { kind: 'last_day' }, text: 'last' }
  const [position = '', weekday = '', ...more] = text.toLowerCase().split(/ +/)
  const nth = POSITIONS.indexOf(position) + 1
  const day = WEEKDAYS.indexOf(weekday)
  if (nth === 0 || day < 0 || more.length > 0) {
    throw new RangeError(
      'is not understood; use 1-31, "*", "*/n", "a-b", "last", "last fri", "2nd tue" or a list of these',
    )
  }
  return { term: { kind: 'weekday_position', nth, weekday: day }, text: `${position} ${weekday}` }
}

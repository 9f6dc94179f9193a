// Reads the dates that people write: ISO 8601, RFC 2822, SQL, epoch seconds, `date`'s output, and plain English.

import * as chrono from 'chrono-node'
import { DateTime, type Zone } from 'luxon'
import { findZone } from './wall-time.ts'

const MINUTE_MS = 60_000
/** Words that may stand around a date without changing it. */
const FILLERS = new Set(['at', 'on', 'from', 'the', 'of', 'starting', 'since', 'until', 'date', 'time'])

/**
 * The instant that `text` names, in milliseconds since 1970, or null when it is not understood. A date without a time
 * is at midnight, and a text without a zone is in `zone`. Relative texts are relative to `now`.
 */
export function parseDate(text: string, now: number, zone: Zone): number | null {
  const trimmed = text.trim()
  const epoch = /^@(\d{1,12})$/.exec(trimmed)
  if (epoch) return Number(epoch[1]) * 1000
  return parseFormal(trimmed, zone) ?? parseFuzzy(trimmed, now, zone)
}

function parseFormal(text: string, zone: Zone): number | null {
  // A time alone or a bare number is valid ISO 8601 too, but as a date it is probably a mistake.
  if (!/\d{4}/.test(text) || /^\d{1,4}$/.test(text)) return null
  for (const parse of [DateTime.fromISO, DateTime.fromRFC2822, DateTime.fromSQL, DateTime.fromHTTP]) {
    const date = parse(text, { zone })
    if (date.isValid) return date.toMillis()
  }
  return null
}

function parseFuzzy(text: string, now: number, zone: Zone): number | null {
  const named = takeZoneName(text)
  const own = named.zone ?? zone
  const reference = { instant: new Date(now), timezone: own.offset(now) }
  const results = chrono.parse(named.rest, reference)
  const [result] = results
  if (result === undefined || results.length > 1) return null
  if (!isOnlyFiller(named.rest.slice(0, result.index) + named.rest.slice(result.index + result.text.length)))
    return null
  if (result.end !== null && result.end !== undefined) return null
  if (contradictsNumbers(named.rest, result.start)) return null
  return toInstant(result.start, own)
}

/** Cuts an IANA name out of the text: chrono knows abbreviations only. */
function takeZoneName(text: string): { rest: string; zone: Zone | null } {
  const match = /\b[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+/.exec(text)
  const zone = match === null ? null : findZone(match[0])
  if (match === null || zone === null) return { rest: text, zone: null }
  return { rest: (text.slice(0, match.index) + text.slice(match.index + match[0].length)).trim(), zone }
}

function isOnlyFiller(text: string): boolean {
  return text
    .toLowerCase()
    .split(/[\s,;:().]+/)
    .every((word) => word === '' || FILLERS.has(word))
}

/** True when chrono has reinterpreted a numeric date, such as 2027-13-01 as 13 January. */
function contradictsNumbers(text: string, start: chrono.ParsedComponents): boolean {
  const match = /\b(\d{4})-(\d{1,2})-(\d{1,2})\b/.exec(text)
  if (match === null) return false
  return Number(match[2]) !== start.get('month') || Number(match[3]) !== start.get('day')
}

function toInstant(start: chrono.ParsedComponents, zone: Zone): number | null {
  const hasTime = start.isCertain('hour')
  const wall = {
    year: start.get('year') ?? 1970,
    month: start.get('month') ?? 1,
    day: start.get('day') ?? 1,
    hour: hasTime ? (start.get('hour') ?? 0) : 0,
    minute: hasTime ? (start.get('minute') ?? 0) : 0,
    second: hasTime ? (start.get('second') ?? 0) : 0,
  }
  const offset = start.get('timezoneOffset')
  if (start.isCertain('timezoneOffset') && offset !== null) {
    return DateTime.fromObject(wall, { zone: 'utc' }).toMillis() - offset * MINUTE_MS
  }
  const date = DateTime.fromObject(wall, { zone })
  return date.isValid ? date.toMillis() : null
}

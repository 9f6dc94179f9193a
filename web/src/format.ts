// Numbers and times as the pages show them: pure. Sizes are decimal, as disks are sold; times are in the reader's zone.

import type { RunBrief } from '../../shared/schemas/run-brief.ts'

/** Stands for what is not known. */
export const NOTHING = '–'

const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** `612 GB`, `2.31 TB`: three digits. `bytes` counts bytes. */
export function formatSize(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return NOTHING
  let [value, unit] = [bytes, 0]
  while (value >= 999.5 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1]
  const digits = unit === 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** `1,482,907`, by the reader's locale. */
export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined ? NOTHING : count.toLocaleString()
}

/** `+212 ~18 −4`, with a real minus. */
export function formatChanges(changes: { added: number; modified: number; deleted: number } | null): string {
  if (changes === null) return NOTHING
  const { added, modified, deleted } = changes
  return `+${formatCount(added)} ~${formatCount(modified)} −${formatCount(deleted)}`
}

/** A length of time in two units at most: `4 s`, `47 min`, `1 h 25 min`, `3 d`. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) return NOTHING
  if (seconds > 0 && seconds < 1) return '< 1 s'
  const whole = Math.round(seconds)
  if (whole < MINUTE_S) return `${whole} s`
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)} min`
  if (whole < DAY_S) {
    const minutes = Math.floor((whole % HOUR_S) / MINUTE_S)
    return `${Math.floor(whole / HOUR_S)} h${minutes === 0 ? '' : ` ${minutes} min`}`
  }
  return `${Math.floor(whole / DAY_S)} d`
}

/** How long ago, in one unit: `25 s`, `12 min`, `4 h`, `3 d`; the date when it is more than 30 days. `iso` is ISO 8601. */
export function formatAge(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return NOTHING
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000)
  return seconds > 30 * DAY_S ? formatDate(iso) : inOneUnit(seconds)
}

/** `in 8 min`, `in 3 h`; `now` when the time has come. */
export function formatNext(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return NOTHING
  const seconds = (Date.parse(iso) - now) / 1000
  return seconds < 1 ? 'now' : `in ${inOneUnit(seconds)}`
}

/** `Wed 25 Nov 2026, 15:06 EST`: a time in full, in the reader's zone. */
export function formatTime(iso: string | null | undefined): string {
  if (!iso) return ''
  const day = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const
  const options = { ...day, ...CLOCK, timeZoneName: 'short' } as const
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(iso)).replace(',', '')
}

/** `25 Nov 15:06`. */
export function formatMoment(iso: string): string {
  const options = { day: 'numeric', month: 'short', ...CLOCK } as const
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(iso)).replace(',', '')
}

/** `Wed 25`. */
export function formatDay(iso: string): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' }).format(new Date(iso))
}

/** `15:06`, or with the day before it when it is not today. */
export function formatSince(iso: string, now = Date.now()): string {
  const clock = new Intl.DateTimeFormat('en-GB', CLOCK).format(new Date(iso))
  const sameDay = new Date(iso).toDateString() === new Date(now).toDateString()
  return sameDay ? clock : formatMoment(iso)
}

/** The reader's time and zone: `03:12 EST`. */
export function formatClock(now = Date.now()): string {
  return new Intl.DateTimeFormat('en-GB', { ...CLOCK, timeZoneName: 'short' }).format(new Date(now))
}

/** What a run changed and brought, `+212 ~18 −4, 1.3 GB`; empty when there is nothing to say. */
export function formatResult({ changes, unchanged }: Pick<RunBrief, 'changes' | 'unchanged'>): string {
  if (changes === null || unchanged) return ''
  return `${formatChanges(changes)}, ${formatSize(changes.bytes_transferred)}`
}

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const

function formatDate(iso: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(iso))
}

function inOneUnit(seconds: number): string {
  if (seconds < MINUTE_S) return `${Math.floor(seconds)} s`
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`
  return seconds < 2 * DAY_S ? `${Math.floor(seconds / HOUR_S)} h` : `${Math.floor(seconds / DAY_S)} d`
}

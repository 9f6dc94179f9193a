// How things look on a terminal: tables that fit its width, sizes, times in words. Pure.

import Table from 'cli-table3'
import { DateTime } from 'luxon'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((name) => [name, '']),
)

/** Rows under a head, as wide as they must be; where the terminal is narrower, the widest columns are cut. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[], width: number): string {
  if (rows.length === 0) return ''
  const texts = rows.map((row) => row.map(String))
  const widths = head.map((name, index) => Math.max(name.length, ...texts.map((row) => row[index]?.length ?? 0)) + 2)
  while (sum(widths) > width && Math.max(...widths) > 10) {
    const widest = widths.indexOf(Math.max(...widths))
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  const made = new Table({
    head: [...head],
    chars: { ...NO_LINES, middle: '' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colWidths: widths,
  })
  made.push(...texts)
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** `1.2 GiB`; a dash for what is not known. */
export function size(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return '-'
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}

/** `3 hours ago`, `in 5 minutes`; a dash for never. */
export function ago(iso: string | null | undefined, now: number = Date.now()): string {
  if (!iso) return '-'
  return DateTime.fromISO(iso).toRelative({ base: DateTime.fromMillis(now), locale: 'en' }) ?? iso
}

/** `1:02:03`, or `0:05`. */
export function clock(seconds: number | null): string {
  if (seconds === null) return '?'
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  const pad = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

// Sizes and times as mirror front pages show them: pure.

import { DateTime } from 'luxon'
import { scaleBytes } from '../../shared/words.ts'

/** A size in bytes as rsync and tunasync write it: `1.21T`; `unknown` for null. */
export function showShortSize(bytes: number | null): string {
  if (bytes === null) return 'unknown'
  const { value, unit } = scaleBytes(bytes)
  return `${unit === 0 ? value : value.toFixed(2)}${'BKMGTP'[unit]}`
}

/** A time as Go's `2006-01-02 15:04:05 -0700` in UTC; null is Go's zero time, as tunasync shows what never was. */
export function showGoTime(iso: string | null): string {
  return iso === null
    ? '0001-01-01 00:00:00 +0000'
    : DateTime.fromISO(iso, { zone: 'utc' }).toFormat('yyyy-MM-dd HH:mm:ss ZZZ')
}

/** The same in whole seconds since 1970. */
export function showGoSeconds(iso: string | null): number {
  return iso === null ? -62_135_596_800 : unixSeconds(iso)
}

/** ISO 8601 in whole seconds since 1970. */
export function unixSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000)
}

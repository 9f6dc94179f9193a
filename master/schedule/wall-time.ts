// Converts between wall clock times of a time zone and instants, also across the clock changes of daylight saving time.

import { FixedOffsetZone, IANAZone, type Zone } from 'luxon'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The zone of an IANA name, or UTC without one; null when there is no such zone. */
export function findZone(name: string | undefined): Zone | null {
  if (name === undefined || name.toUpperCase() === 'UTC') return FixedOffsetZone.utcInstance
  return IANAZone.isValidZone(name) ? IANAZone.create(name) : null
}

/** The wall clock time of `zone` at the instant `at`, in milliseconds as if the clock showed UTC. */
export function toWallMs(at: number, zone: Zone): number {
  return at + zone.offset(at) * MINUTE_MS
}

/**
 * The instant at which the clock of `zone` shows `wall`. For a time that a clock change skips, the instant of the
 * change; for a time that it repeats, the first occurrence. Assumes at most one clock change within a day of `wall`.
 */
export function toInstantMs(wall: number, zone: Zone): number {
  if (zone.isUniversal) return wall - zone.offset(wall) * MINUTE_MS
  const before = zone.offset(wall - DAY_MS)
  const after = zone.offset(wall + DAY_MS)
  const first = wall - before * MINUTE_MS
  if (before === after || zone.offset(first) === before) return first
  const second = wall - after * MINUTE_MS
  if (zone.offset(second) === after) return second
  return findShift(second, first, zone)
}

/** The first instant in (low, high] with the offset of `high`, to the second. */
function findShift(low: number, high: number, zone: Zone): number {
  const offset = zone.offset(high)
  let earliest = high
  let latest = low
  while (earliest - latest > 1000) {
    const middle = Math.floor((earliest + latest) / 2000) * 1000
    if (zone.offset(middle) === offset) earliest = middle
    else latest = middle
  }
  return earliest
}

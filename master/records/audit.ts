// How entries of the audit list are numbered, and which are kept: pure.

import { randomBytes } from 'node:crypto'
import type { AuditEntry } from '../../shared/schemas/audit.ts'

/** Of each user, so that nobody pushes out what others did. */
export const KEPT_PER_USER = 10_000
const KEPT_DAYS = 365
/** How many entries come between two searches for outdated ones. */
export const TIDY_EVERY = 100

/** Entries from before this time (ISO 8601) are outdated. `now` is in milliseconds since 1970. */
export function keptSince(now: number): string {
  return new Date(now - KEPT_DAYS * 86_400_000).toISOString()
}

/** The entries that are not kept any more, of a list of all, oldest first. */
export function outdatedEntries(entries: readonly AuditEntry[], now: number): AuditEntry[] {
  const since = keptSince(now)
  const counts = new Map<string | null, number>()
  return entries
    .toReversed()
    .filter(({ username, at }) => {
      const count = (counts.get(username) ?? 0) + 1
      counts.set(username, count)
      return at < since || count > KEPT_PER_USER
    })
    .toReversed()
}

/**
 * Makes ids in the order of time, also while the clock stands still or is set back: 12 hex digits of milliseconds, 4 of a
 * counter, and 4 by which masters differ.
 */
export function createAuditIds(): (now: number) => string {
  const own = randomBytes(2).toString('hex')
  let [last, count] = [0, 0]
  return (now) => {
    count = now > last ? 0 : count + 1
    last = Math.max(now, last)
    return `${hex(last, 12)}${hex(count, 4)}${own}`
  }
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}

// How long a token that is made with create_token lives: pure.

import { atField, InvalidInput } from '../../shared/errors.ts'
import type { Identity } from './roles.ts'

const DAY_S = 86_400
const LONGEST_S = 365 * DAY_S

/**
 * When the token expires, in milliseconds since 1970; null for never. `ttl` is seconds, `90d` or `never`; undefined is
 * `defaultS`, but no longer than the token that asks.
 *
 * @throws {InvalidInput} rather than to shorten what is asked for.
 */
export function expiryOf(
  ttl: number | string | undefined,
  by: Identity,
  { now, defaultS }: { now: number; defaultS: number },
): number | null {
  const ownEnd = by.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(by.expiresAt)
  if (ttl === undefined) return Math.min(now + defaultS * 1000, ownEnd)
  if (ttl === 'never') {
    if (by.role !== 'root') throw wrong('only root may make tokens that never expire; the longest is 365d')
    if (ownEnd !== Number.POSITIVE_INFINITY) throw wrong(outlives(by))
    return null
  }
  const seconds = typeof ttl === 'number' ? ttl : Number(ttl.replace('d', '')) * DAY_S
  if (seconds > LONGEST_S) throw wrong('must be at most 365d (31536000 seconds)')
  const end = now + seconds * 1000
  if (end > ownEnd) throw wrong(outlives(by))
  return end
}

function outlives({ expiresAt }: Identity): string {
  return `would outlive the token of this request, which expires at ${expiresAt}; log in with your password`
}

function wrong(reason: string): Error {
  return atField(new InvalidInput(`ttl: ${reason}`), 'ttl')
}

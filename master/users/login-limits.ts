// Limits failed log-ins by address and by user, without locking out the owner of an account.

import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
import { TooManyLogins } from '../../shared/errors.ts'
import { createFailureCounts, type FailureCounts, type Limit } from '../../shared/flow/failure-counts.ts'

/** How many log-ins may fail: from one address in a minute, and for one user from all addresses in ten minutes. */
const BY_ADDRESS: Limit = { max: 20, windowMs: 60_000 }
const BY_USER: Limit = { max: 50, windowMs: 600_000 }
/** How many may fail for a user from an address where that user has logged in; what others do does not count there. */
const KNOWN: Limit = { max: 100, windowMs: 600_000 }
/** For this long after a log-in an address is known. */
const KNOWN_MS = 24 * 3_600_000
/** No user has a longer name. */
const LONGEST_NAME = 64

/** A bucket, its limit, and who counts it. */
interface Share {
  bucket: string
  limit: Limit
  counts: FailureCounts
}

export type LoginLimits = ReturnType<typeof createLoginLimits>

/**
 * `shared` counts for all masters; without it this master counts alone. `now` is in milliseconds. `onFailed` is told of each
 * wrong password.
 */
export function createLoginLimits(
  shared: FailureCounts | undefined,
  now: () => number,
  onFailed: (ip: string, username: string) => void = () => {},
) {
  const own = createFailureCounts(now)
  const counts = shared ?? own
  const known = new LRUCache<string, true>({ max: 10_000, ttl: KNOWN_MS })
  /** The checks under way, by bucket. */
  const running = new Map<string, Set<Promise<unknown>>>()

  const knownAt = (address: string, username: string) => `${username} ${address}`
  const sharesOf = (address: string, name: string): Share[] =>
    known.has(knownAt(address, name))
      ? [{ bucket: `known ${name} ${address}`, limit: KNOWN, counts: own }]
      : [
          { bucket: `address ${address}`, limit: BY_ADDRESS, counts },
          { bucket: `user ${name}`, limit: BY_USER, counts },
        ]

  /** Takes from all or none. Null when they were taken; else the one that has nothing left. */
  const takeAll = async (shares: readonly Share[]): Promise<{ full: Share; leftMs: number } | null> => {
    for (const [index, share] of shares.entries()) {
      const leftMs = await share.counts.take(share.bucket, share.limit)
      if (leftMs === null) continue
      await giveBack(shares.slice(0, index))
      return { full: share, leftMs }
    }
    return null
  }

  /** Runs a check, which others of the same buckets may wait for. */
  const run = async <T>(shares: readonly Share[], check: () => Promise<T | null>): Promise<T | null> => {
    const checking = check()
    for (const { bucket } of shares) running.set(bucket, (running.get(bucket) ?? new Set()).add(checking))
    // One that throws has neither failed nor succeeded.
    const hasFailed = await checking.then(
      (found) => found === null,
      () => false,
    )
    try {
      if (!hasFailed) await giveBack(shares)
    } finally {
      for (const { bucket } of shares) {
        running.get(bucket)?.delete(checking)
        if (running.get(bucket)?.size === 0) running.delete(bucket)
      }
    }
    return checking
  }

  return {
    /**
     * Checks a log-in, unless too many have failed: what is under way counts as failed until it has succeeded, and one
     * too many waits for that. `check` resolves to null for a wrong password.
     *
     * @throws {TooManyLogins} with how long to wait; nothing was checked then.
     */
    attempt: async <T>(ip: string, username: string, check: () => Promise<T | null>): Promise<T | null> => {
      const [address, name] = [networkOf(ip), username.slice(0, LONGEST_NAME)]
      for (;;) {
        const shares = sharesOf(address, name)
        const refused = await takeAll(shares)
        if (refused === null) {
          const found = await run(shares, check)
          if (found === null) onFailed(ip, username)
          else known.set(knownAt(address, name), true)
          return found
        }
        const others = running.get(refused.full.bucket)
        if (others === undefined) throw new TooManyLogins(Math.ceil(refused.leftMs / 1000))
        await Promise.allSettled(others)
      }
    },
    /** A session or a token of the user was taken from there: whoever has it needs no guesses. */
    noteKnown: (ip: string, username: string): void => {
      known.set(knownAt(networkOf(ip), username), true)
    },
    /** Counts a wrong token or signature; those of slaves and hooks for themselves. @throws {TooManyLogins} */
    noteWrongToken: async (ip: string, whose: 'user' | 'slave' | 'hook'): Promise<void> => {
      const bucket = `${whose === 'user' ? 'address' : `${whose}s at`} ${networkOf(ip)}`
      const leftMs = await counts.take(bucket, BY_ADDRESS)
      if (leftMs !== null) throw new TooManyLogins(Math.ceil(leftMs / 1000))
    },
  }
}

async function giveBack(shares: readonly Share[]): Promise<void> {
  for (const { bucket, counts } of shares) await counts.giveBack(bucket)
}

/** An IPv4 address; of IPv6 the first 64 bits, which whoever has one address has all of. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined || !isIPv6(ip)) return mapped ?? ip
  const [head = '', tail] = ip.split('%')[0]?.toLowerCase().split('::') ?? []
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array(missing).fill('0'), ...groups(tail ?? '')]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::`
}

// Limits failed log-ins by address and by user, without locking out the owner of an account.

import rateLimit, { type FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { TooManyLogins } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'

/** How many log-ins may fail: from one address in a minute, and for one user from all addresses in ten minutes. */
const BY_ADDRESS = { max: 20, timeWindow: 60_000 }
const BY_USER = { max: 50, timeWindow: 600_000 }
/** For this long after a log-in, an address is not limited by what others do to the same user. */
const KNOWN_MS = 24 * 3_600_000

/** Asked before a log-in, and told of its outcome. `username` is null for a token. */
export interface LoginLimits {
  /** @throws {TooManyLogins} with how long to wait. */
  assertAllowed: (request: FastifyRequest, username: string | null) => Promise<void>
  noteFailure: (request: FastifyRequest, username: string | null) => Promise<void>
  noteSuccess: (request: FastifyRequest, username: string) => void
}

/** `store` counts for all masters; without one this master counts alone. */
export async function createLoginLimits(
  app: Server,
  store: FastifyRateLimitStoreCtor | undefined,
): Promise<LoginLimits> {
  await app.register(rateLimit, { global: false, ...(store === undefined ? {} : { store }) })
  const names = new WeakMap<FastifyRequest, string>()
  const known = new LRUCache<string, true>({ max: 10_000, ttl: KNOWN_MS })
  const byAddress = app.createRateLimit({ ...BY_ADDRESS, keyGenerator: (request) => `address ${request.ip}` })
  const byUser = app.createRateLimit({ ...BY_USER, keyGenerator: (request) => `user ${names.get(request) ?? ''}` })

  return {
    assertAllowed: async (request, username) => {
      if (username !== null && known.has(`${username} ${request.ip}`)) return
      const limits = [await byAddress(request, { increment: false })]
      if (username !== null) {
        names.set(request, username)
        limits.push(await byUser(request, { increment: false }))
      }
      for (const limit of limits) {
        if (!limit.isAllowed && limit.remaining === 0) throw new TooManyLogins(limit.ttlInSeconds)
      }
    },
    noteFailure: async (request, username) => {
      if (username !== null && known.has(`${username} ${request.ip}`)) return
      await byAddress(request)
      if (username === null) return
      names.set(request, username)
      await byUser(request)
    },
    noteSuccess: (request, username) => {
      known.set(`${username} ${request.ip}`, true)
    },
  }
}

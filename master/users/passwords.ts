// Hashes and checks passwords (argon2id). A short memory keeps HTTP Basic from costing a hash for every request.

import { createHmac, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { LRUCache } from 'lru-cache'

/** Checks passwords against their hashes. */
export interface Passwords {
  hash: (password: string) => Promise<string>
  /** With `passwordHash` null (an unknown user) it takes just as long, and resolves to false. */
  verify: (password: string, passwordHash: string | null) => Promise<boolean>
}

const REMEMBER_MS = 60_000
const REMEMBERED = 1_000
/** The first set of parameters for argon2id in OWASP's password storage cheat sheet. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Makes a checker with its own memory and key; neither leaves the process. */
export function createPasswords(): Passwords {
  const key = randomBytes(32)
  const verified = new LRUCache<string, true>({ max: REMEMBERED, ttl: REMEMBER_MS })
  const dummy = hash(randomBytes(16).toString('hex'), ARGON2ID)
  return {
    hash: (password) => hash(password, ARGON2ID),
    verify: async (password, passwordHash) => {
      if (passwordHash === null) {
        await verify(await dummy, password)
        return false
      }
      // The hash is part of the fingerprint, so that a changed password is checked again.
      const fingerprint = createHmac('sha256', key).update(passwordHash).update('\0').update(password).digest('base64')
      if (verified.has(fingerprint)) return true
      const matches = await verify(passwordHash, password)
      if (matches) verified.set(fingerprint, true)
      return matches
    },
  }
}

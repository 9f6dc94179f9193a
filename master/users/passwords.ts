// Hashes and checks passwords (argon2id), with a short memory so that Basic costs no hash for every request.

import { createHmac, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { LRUCache } from 'lru-cache'

/** Checks passwords against their hashes. */
export interface Passwords {
  hash: (password: string) => Promise<string>
  /** With `passwordHash` null (no such user) it takes as long and answers false. */
  verify: (password: string, passwordHash: string | null) => Promise<boolean>
}

const REMEMBER_MS = 60_000
const REMEMBERED = 1_000
/** The parameters that OWASP's password storage cheat sheet names first for argon2id. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Makes a checker with a memory and a key of its own; neither ever leaves the process. */
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
      // The hash is part of the fingerprint: a changed password is not remembered.
      const fingerprint = createHmac('sha256', key).update(passwordHash).update('\0').update(password).digest('base64')
      if (verified.has(fingerprint)) return true
      const matches = await verify(passwordHash, password)
      if (matches) verified.set(fingerprint, true)
      return matches
    },
  }
}

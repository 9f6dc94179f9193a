// Bearer tokens in the Authorization header (RFC 6750), and their comparison in constant time.

import { createHash, timingSafeEqual } from 'node:crypto'

/** The token of an `Authorization: Bearer` header, or null when it is another scheme or missing. */
export function readBearer(header: string | undefined): string | null {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null
}

/** Compares two secrets in a time that tells nothing of where they differ, nor of their lengths. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

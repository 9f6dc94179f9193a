// Bearer tokens in the Authorization header (RFC 6750), and their comparison in constant time.

import { createHash, timingSafeEqual } from 'node:crypto'

/** The token of an `Authorization: Bearer` header, or null when the header is missing or has another scheme. */
export function readBearer(header: string | undefined): string | null {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null
}

/** Compares two secrets in a time that reveals neither their lengths nor where they differ. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

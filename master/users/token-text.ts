// The texts of tokens and sessions, and what is stored of them: pure but for their randomness.

import { hash, randomBytes } from 'node:crypto'
import type { StoredToken } from '../../shared/schemas/token.ts'

/** 32 bytes in base64url. */
const SECRET = '[A-Za-z0-9_-]{43}'
/**
 * By how they begin, texts of one kind are never taken for another; masters that know of no limits or no sessions do not take
 * those at all.
 */
const PREFIX = { token: '', limited: 'limited_', session: 'session_' } as const
export type TokenKind = keyof typeof PREFIX

export function isTextOf(kind: TokenKind, text: string): boolean {
  return new RegExp(`^${PREFIX[kind]}${SECRET}$`).test(text)
}

export function digest(text: string): string {
  return hash('sha256', text)
}

export interface NewText {
  username: string
  /** Milliseconds since 1970; `expires` is null for never. */
  at: number
  expires: number | null
}

/** A new text of 256 bits, and its record. */
export function makeText(
  kind: TokenKind,
  { username, at, expires }: NewText,
  more: Partial<StoredToken>,
): { text: string; token: StoredToken } {
  const text = `${PREFIX[kind]}${randomBytes(32).toString('base64url')}`
  const token: StoredToken = {
    token_id: randomBytes(8).toString('hex'),
    username,
    sha256: digest(text),
    created_at: new Date(at).toISOString(),
    expires_at: expires === null ? null : new Date(expires).toISOString(),
    label: null,
    scope: null,
    last_used_at: null,
    ...more,
  }
  return { text, token }
}

/** `now` is in milliseconds since 1970. */
export function hasExpired({ expires_at }: Pick<StoredToken, 'expires_at'>, now: number): boolean {
  return expires_at !== null && Date.parse(expires_at) <= now
}

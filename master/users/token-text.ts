// The texts of tokens and sessions, and what is stored of them: pure but for their randomness.

import { hash, randomBytes } from 'node:crypto'
import type { StoredToken } from '../../shared/schemas/token.ts'
import type { StoredUser } from '../../shared/schemas/user.ts'

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
  passwordId?: string | undefined
}

/** A new text of 256 bits, and its record. */
export function makeText(
  kind: TokenKind,
  { username, at, expires, passwordId }: NewText,
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
    ...(passwordId === undefined ? {} : { password_id: passwordId }),
    ...more,
  }
  return { text, token }
}

/** Tells the passwords of a user apart, and nothing else of them. `password_hash` is salted. */
export function passwordIdOf({ password_hash }: Pick<StoredUser, 'password_hash'>): string {
  return digest(password_hash).slice(0, 16)
}

/** False for a token that was made with an earlier password: one that was just being made when the password changed. */
export function standsOnPassword({ password_id }: Pick<StoredToken, 'password_id'>, user: StoredUser): boolean {
  return password_id === undefined || password_id === passwordIdOf(user)
}

/** `now` is in milliseconds since 1970. */
export function hasExpired({ expires_at }: Pick<StoredToken, 'expires_at'>, now: number): boolean {
  return expires_at !== null && Date.parse(expires_at) <= now
}

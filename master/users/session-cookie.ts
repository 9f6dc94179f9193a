// The cookie of a session: for the dashboard alone, out of reach for scripts and other sites.

import type { Settings } from '../../settings.ts'

export const SESSION_COOKIE = 'mirrorfleet_session'

/** The text in the cookie of a request; null when there is none. */
export function readSessionCookie(header: string | undefined): string | null {
  return new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([A-Za-z0-9_-]+)`).exec(header ?? '')?.[1] ?? null
}

/** A Set-Cookie header (RFC 6265bis). Without a text it takes the cookie back. */
export function writeSessionCookie(
  { MASTER_URL, SESSION_TTL_S }: Pick<Settings, 'MASTER_URL' | 'SESSION_TTL_S'>,
  text: string | null,
): string {
  // A proxy may hold the certificate; then the address that people use says so.
  const secure = MASTER_URL.startsWith('https:') ? '; Secure' : ''
  return `${SESSION_COOKIE}=${text ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${text === null ? 0 : SESSION_TTL_S}${secure}`
}

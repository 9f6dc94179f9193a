// The rules of sessions: the log-ins of browsers, which keep a cookie in place of a password.

import { TokenNotFound } from '../../shared/errors.ts'
import type { SessionOrigin, SessionView } from '../../shared/schemas/session.ts'
import type { StoredToken } from '../../shared/schemas/token.ts'
import type { Store } from '../store/store.ts'
import type { Identity } from './roles.ts'
import { digest, hasExpired, isTextOf, makeText, passwordIdOf, standsOnPassword } from './token-text.ts'
import type { TokenUses } from './token-uses.ts'

export interface SessionServiceDeps {
  store: Store
  uses: TokenUses
  settings: { SESSION_TTL_S: number }
  now: () => number
}

/** A new session. `text` is what its cookie holds, and is not stored. */
export interface NewSession {
  text: string
  session_id: string
  expires_at: string
}

type Session = StoredToken & { session: SessionOrigin }
const isSession = (token: StoredToken): token is Session => token.session != null

export function createSessionService({ store, uses, settings, now }: SessionServiceDeps) {
  const find = async (text: string) => {
    const found = isTextOf('session', text) ? await store.findToken(digest(text)) : null
    if (found === null || hasExpired(found.token, now()) || !standsOnPassword(found.token, found.user)) return null
    return found
  }

  return {
    /** Makes a session for a user who has just given the password. */
    openSession: async ({ username, passwordId }: Identity, origin: SessionOrigin): Promise<NewSession> => {
      const [at, expires] = [now(), now() + settings.SESSION_TTL_S * 1000]
      const { text, token } = makeText('session', { username, at, expires, passwordId }, { session: origin })
      await store.addToken(token, new Date(at).toISOString())
      return { text, session_id: token.token_id, expires_at: new Date(expires).toISOString() }
    },

    /** The user of a session, or null when it is unknown or has ended. It may do what a log-in by password may. */
    checkSession: async (text: string): Promise<Identity | null> => {
      const found = await find(text)
      if (found === null) return null
      const { token, user } = found
      uses.note(token.token_id)
      const { username, role } = user
      return { username, role, expiresAt: null, sessionId: token.token_id, passwordId: passwordIdOf(user) }
    },

    /** The user's own sessions; for root, those of all users. */
    listSessions: async (by: Identity): Promise<SessionView[]> => {
      const roles = new Map((await store.listUsers()).map(({ username, role }) => [username, role]))
      const sessions = (await store.listTokens()).filter(isSession)
      const mine = sessions.filter(
        (one) => !hasExpired(one, now()) && (by.role === 'root' || one.username === by.username),
      )
      return mine.flatMap(({ token_id, username, created_at, expires_at, last_used_at, session }) => {
        const role = roles.get(username)
        if (role === undefined) return []
        const used = uses.lastUse(token_id, last_used_at ?? null)
        const current = token_id === by.sessionId
        return { session_id: token_id, username, role, created_at, last_used_at: used, expires_at, ...session, current }
      })
    },

    /** Ends one of the user's own sessions; for root, any. @throws {TokenNotFound} also for another user's session. */
    endSession: async (by: Identity, sessionId: string): Promise<void> => {
      const sessions = (await store.listTokens()).filter(isSession)
      const found = sessions.find(({ token_id }) => token_id === sessionId)
      if (found === undefined || (by.role !== 'root' && found.username !== by.username))
        throw new TokenNotFound(sessionId)
      await store.removeTokens({ token_id: sessionId })
    },

    /** Ends the session of a cookie, if there is one. */
    leaveSession: async (text: string): Promise<void> => {
      const found = await find(text)
      if (found !== null) await store.removeTokens({ token_id: found.token.token_id })
    },
  }
}

// The rules of users and their tokens.

import { hash, randomBytes } from 'node:crypto'
import {
  atField,
  InvalidInput,
  NotAuthenticated,
  RoleForbidden,
  TokenNotFound,
  UserExists,
} from '../../shared/errors.ts'
import type { Role, StoredToken, StoredUser } from '../../shared/schemas/user.ts'
import type { Store } from '../store/store.ts'
import type { Passwords } from './passwords.ts'
import type { Identity } from './roles.ts'

export interface UserServiceDeps {
  store: Store
  passwords: Passwords
  /** Gives all projects of the owner `from` to `to`. */
  handOver: (from: string, to: string) => Promise<void>
  settings: { TOKEN_TTL_S: number; TOKEN_MAX_TTL_S: number }
  now: () => number
}

export type UserService = ReturnType<typeof createUserService>

/** A new token, the only time that its text is shown. `expires_at` is ISO 8601. */
export interface NewToken {
  token: string
  token_id: string
  expires_at: string
}

export function createUserService({ store, passwords, handOver, settings, now }: UserServiceDeps) {
  const isoNow = () => new Date(now()).toISOString()

  return {
    /** The user of a log-in, or null. Takes just as long for an unknown user. */
    checkPassword: async (username: string, password: string): Promise<Identity | null> => {
      const user = await store.findUser(username)
      const matches = await passwords.verify(password, user?.password_hash ?? null)
      return user !== null && matches ? { username: user.username, role: user.role, expiresAt: null } : null
    },

    /** The user of a token, or null when the token is unknown or expired, or its user was removed. */
    checkToken: async (text: string): Promise<Identity | null> => {
      if (!isTokenText(text)) return null
      const found = await store.findToken(digest(text))
      if (found === null || Date.parse(found.token.expires_at) <= now()) return null
      return { username: found.user.username, role: found.user.role, expiresAt: found.token.expires_at }
    },

    /**
     * Adds a user, who owns nothing at first: what still belongs to an earlier user of that name goes to `by`.
     *
     * @throws {UserExists}
     */
    create: async (
      username: string,
      password: string,
      role: Role,
      by: string,
    ): Promise<Pick<StoredUser, 'username' | 'role'>> => {
      if ((await store.findUser(username)) !== null) throw new UserExists(username)
      await handOver(username, by)
      await store.removeTokens({ username })
      const user = { username, role, password_hash: await passwords.hash(password), created_at: isoNow() }
      await store.addUser(user)
      return { username, role }
    },

    list: async () => (await store.listUsers()).map(({ username, role }) => ({ username, role })),

    /**
     * Changes a password, a role, or both. A new password revokes the user's tokens.
     *
     * @throws {RoleForbidden} when a user who is not root changes anything but their own password.
     */
    update: async (by: Identity, username: string, change: { password?: string; role?: Role }) => {
      if (by.role !== 'root' && (by.username !== username || change.role !== undefined)) {
        throw new RoleForbidden('Only root may change roles, and the passwords of other users.')
      }
      if (change.password === undefined && change.role === undefined) {
        throw atField(
          new InvalidInput('password: there is nothing to change; give a password, a role, or both'),
          'password',
        )
      }
      const user = await store.updateUser(username, {
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(change.password === undefined ? {} : { password_hash: await passwords.hash(change.password) }),
      })
      if (change.password !== undefined) await store.removeTokens({ username })
      return { username: user.username, role: user.role }
    },

    /**
     * Removes a user and their tokens; their projects go to `by`, or to another root when root removes themselves.
     *
     * @throws {UserNotFound} @throws {LastRoot}
     */
    remove: async (username: string, by: string): Promise<void> => {
      await store.removeUser(username)
      const heir = by === username ? (await store.listUsers()).find(({ role }) => role === 'root')?.username : by
      if (heir !== undefined) await handOver(username, heir)
    },

    /** Makes a token of 256 bits. A token that was requested with another token expires no later than that one. */
    createToken: async (by: Identity, ttlS: number | undefined): Promise<NewToken> => {
      const ttl = ttlS ?? settings.TOKEN_TTL_S
      if (ttl > settings.TOKEN_MAX_TTL_S) {
        throw atField(
          new InvalidInput(`ttl: must be at most ${settings.TOKEN_MAX_TTL_S} seconds (TOKEN_MAX_TTL_S)`),
          'ttl',
        )
      }
      const wanted = now() + ttl * 1000
      const expires = by.expiresAt === null ? wanted : Math.min(wanted, Date.parse(by.expiresAt))
      if (expires <= now()) throw new NotAuthenticated('This token has expired; log in with your password.')
      const text = randomBytes(32).toString('base64url')
      const token: StoredToken = {
        token_id: randomBytes(8).toString('hex'),
        username: by.username,
        sha256: digest(text),
        created_at: isoNow(),
        expires_at: new Date(expires).toISOString(),
      }
      await store.addToken(token, isoNow())
      return { token: text, token_id: token.token_id, expires_at: token.expires_at }
    },

    /** The user's own tokens that have not expired; for root, those of all users. The texts are not stored. */
    listTokens: async (by: Identity) => {
      const tokens = await store.listTokens()
      return tokens
        .filter((token) => token.expires_at > isoNow() && (by.role === 'root' || token.username === by.username))
        .map(({ token_id, username, created_at, expires_at }) => ({ token_id, username, created_at, expires_at }))
    },

    /** Revokes one of the user's own tokens; for root, any. @throws {TokenNotFound} also for another user's token. */
    revokeToken: async (by: Identity, tokenId: string): Promise<void> => {
      const own = by.role === 'root' ? {} : { username: by.username }
      const removed = await store.removeTokens({ token_id: tokenId, ...own })
      if (removed === 0) throw new TokenNotFound(tokenId)
    },

    /** At the first start, makes the first user with the role root. Returns the password when none was given. */
    ensureRoot: async (username: string, password: string | undefined): Promise<string | null> => {
      if ((await store.listUsers()).length > 0) return null
      const chosen = password ?? randomBytes(15).toString('base64url')
      const root = {
        username,
        role: 'root' as const,
        password_hash: await passwords.hash(chosen),
        created_at: isoNow(),
      }
      try {
        await store.addUser(root)
      } catch (error) {
        // Another master that started at the same time was faster; its password is the one that counts.
        if (error instanceof UserExists) return null
        throw error
      }
      return password === undefined ? chosen : null
    },
  }
}

function digest(text: string): string {
  return hash('sha256', text)
}

/** 32 bytes in base64url. */
function isTokenText(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

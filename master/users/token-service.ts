// The rules of tokens: who makes them, what they may do, and when they end.

import {
  atField,
  InvalidInput,
  NotAuthenticated,
  ProjectNotFound,
  RoleForbidden,
  TokenNotFound,
  UserNotFound,
} from '../../shared/errors.ts'
import type { StoredScope, TokenAction, TokenView } from '../../shared/schemas/token.ts'
import type { Store } from '../store/store.ts'
import { expiryOf } from './lifetime.ts'
import { assertMayManage, type Identity } from './roles.ts'
import { digest, hasExpired, isTextOf, makeText, passwordIdOf, standsOnPassword } from './token-text.ts'
import type { TokenUses } from './token-uses.ts'

export interface TokenServiceDeps {
  store: Store
  uses: TokenUses
  settings: { TOKEN_TTL_S: number; TOKEN_MAX_TTL_S: number }
  now: () => number
}

/** A new token, the only time that its text is shown. `expires_at` is ISO 8601. */
export interface NewToken {
  token: string
  token_id: string
  expires_at: string
}

/** What is asked of a token: see create_token. */
export interface TokenWish {
  username?: string
  label?: string
  ttl?: number | string
  scope?: { projects: string[]; actions: TokenAction[] }
}

export interface NewScopedToken {
  token: string
  token_id: string
  username: string
  label: string | null
  scope: NonNullable<TokenWish['scope']> | null
  expires_at: string | null
}

export function createTokenService({ store, uses, settings, now }: TokenServiceDeps) {
  const isoNow = () => new Date(now()).toISOString()

  return {
    /** The user of a token, or null when the token is unknown or expired, or its user was removed. */
    checkToken: async (text: string): Promise<Identity | null> => {
      if (!isTextOf('token', text) && !isTextOf('limited', text)) return null
      const found = await store.findToken(digest(text))
      if (found === null || hasExpired(found.token, now())) return null
      const { token, user } = found
      if (!standsOnPassword(token, user)) return null
      uses.note(token.token_id)
      const { username, role } = user
      const { expires_at: expiresAt, scope = null } = token
      return { username, role, expiresAt, scope, passwordId: passwordIdOf(user) }
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
      const { text, token } = makeText('token', { ...by, at: now(), expires }, {})
      await store.addToken(token, isoNow())
      return { token: text, token_id: token.token_id, expires_at: new Date(expires).toISOString() }
    },

    /**
     * Makes a token that lives as long as is asked for, and may be limited to syncs of some projects, which its user must
     * be allowed to manage.
     *
     * @throws {RoleForbidden} when a user who is not root asks for another user's token.
     */
    createScopedToken: async (by: Identity, wish: TokenWish): Promise<NewScopedToken> => {
      const { username = by.username, label = null, scope } = wish
      if (username !== by.username && by.role !== 'root')
        throw new RoleForbidden('Only root may make tokens for other users.')
      const user = await store.findUser(username)
      if (user === null) throw atField(new UserNotFound(username), 'username')
      const expires = expiryOf(wish.ttl, by, { now: now(), defaultS: settings.TOKEN_TTL_S })
      const stored = scope === undefined ? null : await readScope(store, { ...user, expiresAt: null }, scope)
      const kind = stored === null ? 'token' : 'limited'
      const passwordId = username === by.username ? by.passwordId : passwordIdOf(user)
      const { text, token } = makeText(kind, { username, at: now(), expires, passwordId }, { label, scope: stored })
      await store.addToken(token, isoNow())
      return {
        token: text,
        token_id: token.token_id,
        username,
        label,
        scope: scope ?? null,
        expires_at: token.expires_at,
      }
    },

    /** The user's own tokens that have not expired; for root, those of all users. The texts are not stored. */
    listTokens: async (by: Identity): Promise<TokenView[]> => {
      const tokens = (await store.listTokens()).filter(
        (token) =>
          token.session == null && !hasExpired(token, now()) && (by.role === 'root' || token.username === by.username),
      )
      const showScope = async (scope: StoredScope): Promise<TokenView['scope']> => {
        const projects = await Promise.all(scope.projects.map((key) => store.findProjectByKey(key)))
        return { actions: scope.actions, projects: projects.flatMap((project) => project?.id ?? []) }
      }
      return Promise.all(
        tokens.map(async ({ token_id, username, created_at, expires_at, label, scope, last_used_at }) => ({
          token_id,
          username,
          label: label ?? null,
          scope: scope ? await showScope(scope) : null,
          created_at,
          last_used_at: uses.lastUse(token_id, last_used_at ?? null),
          expires_at,
        })),
      )
    },

    /** Revokes one of the user's own tokens; for root, any. @throws {TokenNotFound} also for another user's token. */
    revokeToken: async (by: Identity, tokenId: string): Promise<void> => {
      const own = by.role === 'root' ? {} : { username: by.username }
      const removed = await store.removeTokens({ token_id: tokenId, ...own })
      if (removed === 0) throw new TokenNotFound(tokenId)
    },
  }
}

/** By the keys of the projects. @throws {ProjectNotFound} @throws {NotOwner} */
async function readScope(
  store: Pick<Store, 'findProject'>,
  user: Identity,
  { projects, actions }: NonNullable<TokenWish['scope']>,
): Promise<StoredScope> {
  const keys = new Set<string>()
  for (const id of projects) {
    const project = await store.findProject(id)
    if (project === null) throw atField(new ProjectNotFound(id), 'scope.projects')
    assertMayManage(user, project)
    keys.add(project.key)
  }
  return { projects: [...keys], actions }
}

// Tokens: as they are stored, and as they are asked for and listed.

import Type, { type Static } from 'typebox'
import { Name, Nullable, Timestamp } from './common.ts'
import { SessionOrigin } from './session.ts'
import { Username } from './user.ts'

/** What a token may be limited to: starting syncs. */
export const TokenAction = Type.Enum(['sync'] as const, { description: '"sync"' })
export type TokenAction = Static<typeof TokenAction>

const Actions = Type.Array(TokenAction, { minItems: 1, maxItems: 1, description: '["sync"]' })

/** The limits of a token. `projects` are the keys of projects, which do not change with a project's name. */
export const StoredScope = Type.Object({ projects: Type.Array(Type.String()), actions: Actions })
export type StoredScope = Static<typeof StoredScope>

/** Only the SHA-256 of a token's text is kept, in hex. Fields that are missing are null: the token is an older one. */
export const StoredToken = Type.Object({
  token_id: Type.String(),
  username: Username,
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  created_at: Timestamp,
  /** Null for a token that does not expire. */
  expires_at: Nullable(Timestamp),
  /** What it is for, in the words of who made it. */
  label: Type.Optional(Nullable(Type.String())),
  /** Null for a token that may do all that its user may. */
  scope: Type.Optional(Nullable(StoredScope)),
  /** To the minute. Null for a token that was not used yet. */
  last_used_at: Type.Optional(Nullable(Timestamp)),
  /** Which password of the user it stands on, see `passwordIdOf`: with another it ends. Missing: with any. */
  password_id: Type.Optional(Type.String()),
  /** Set for the session of a browser: it is no token that anything else could use. */
  session: Type.Optional(SessionOrigin),
})
export type StoredToken = Static<typeof StoredToken>

/** The limits of a token by the ids of projects, as requests and answers have them. */
export const TokenScope = Type.Object(
  {
    projects: Type.Array(Name, { minItems: 1, maxItems: 1000, description: 'a list of the ids of projects' }),
    actions: Actions,
  },
  { additionalProperties: false },
)

export const Label = Type.String({ minLength: 1, maxLength: 100, description: '1 to 100 characters' })

export const Lifetime = Type.Union(
  [Type.Integer({ minimum: 1 }), Type.String({ pattern: '^(never|[1-9]\\d{0,3}d)$' })],
  {
    description: 'a number of seconds, a number of days such as "90d", or "never"',
  },
)

/** What create_token takes. */
export const createTokenProperties = {
  username: Type.Optional(Username),
  label: Type.Optional(Label),
  ttl: Type.Optional(Lifetime),
  scope: Type.Optional(TokenScope),
}

const ShownScope = Type.Object({ projects: Type.Array(Name), actions: Actions })

/** A token as it is listed. */
export const TokenView = Type.Object({
  token_id: Type.String(),
  username: Username,
  label: Nullable(Type.String()),
  scope: Nullable(ShownScope),
  created_at: Timestamp,
  last_used_at: Nullable(Timestamp),
  expires_at: Nullable(Timestamp),
})
export type TokenView = Static<typeof TokenView>

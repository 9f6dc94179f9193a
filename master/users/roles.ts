// Refuses requests of users who do not have the role, or do not own the project.

import { NotOwner, RoleForbidden, ScopeForbidden } from '../../shared/errors.ts'
import { mayManage, type Role } from '../../shared/schemas/roles.ts'
import type { StoredScope, TokenAction } from '../../shared/schemas/token.ts'

/**
 * The user who sent a request. `expiresAt` is when the token expires (ISO 8601); null for a log-in with a password, and for
 * a token that does not expire.
 */
export interface Identity {
  username: string
  role: Role
  expiresAt: string | null
  /** What the token of the request is limited to. Null or missing: to nothing. */
  scope?: StoredScope | null
  /** The session of the browser that sent the request. */
  sessionId?: string
  /** Which password the log-in stands on. Tokens that are made with it end with that password. */
  passwordId?: string
}

/** Who may use a route: everybody, a slave (with the log-in of its own), any user, or users with one of these roles. */
export type Access = 'open' | 'slave' | 'any' | readonly Role[]

/** @throws {RoleForbidden} when the user has none of the roles. */
export function assertRole(identity: Identity, roles: readonly Role[]): void {
  if (roles.includes(identity.role)) return
  throw new RoleForbidden(
    `This needs the role ${roles.join(' or ')}; the user "${identity.username}" has the role ${identity.role}.`,
  )
}

/** @throws {NotOwner} unless the user may manage the project. */
export function assertMayManage(identity: Identity, project: { id: string; owner: string }): void {
  if (!mayManage(identity, project)) throw new NotOwner(project.id)
}

/** `action` is what the route does. @throws {ScopeForbidden} for a token that is limited to something else. */
export function assertAction({ scope }: Identity, action: TokenAction | undefined): void {
  if (!scope || (action !== undefined && scope.actions.includes(action))) return
  throw new ScopeForbidden(
    `This token is limited to ${scope.actions.join(' and ')}; use another one, or your password.`,
  )
}

/**
 * `project` is null when there is none of that name: a token that is limited to others does not tell.
 *
 * @throws {ScopeForbidden} for a token that is limited to other projects.
 */
export function assertInScope({ scope }: Identity, project: { key: string } | null): void {
  if (!scope || (project !== null && scope.projects.includes(project.key))) return
  throw new ScopeForbidden('This token is limited to other projects; GET /list_tokens/ says to which.')
}

// Refuses requests of users who do not have the role, or do not own the project.

import { NotOwner, RoleForbidden } from '../../shared/errors.ts'
import { mayManage, type Role } from '../../shared/schemas/roles.ts'

/** The user who sent a request. `expiresAt` is when the token expires (ISO 8601); null for a log-in with a password. */
export interface Identity {
  username: string
  role: Role
  expiresAt: string | null
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

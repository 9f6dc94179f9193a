// Decides who may do what: the only place that checks roles and the ownership of projects.

import { NotOwner, RoleForbidden } from '../../shared/errors.ts'
import type { Role } from '../../shared/schemas/user.ts'

/** The user who sent a request. `expiresAt` is when the token expires (ISO 8601); null for a log-in with a password. */
export interface Identity {
  username: string
  role: Role
  expiresAt: string | null
}

/** Who may use a route: everybody, a slave (with the SLAVE_TOKEN), any user, or users with one of these roles. */
export type Access = 'open' | 'slave' | 'any' | readonly Role[]

/** The roles whose users may add projects, and manage those they own. */
export const MANAGERS: readonly Role[] = ['root', 'upstreamuser']

/** @throws {RoleForbidden} when the user has none of the roles. */
export function assertRole(identity: Identity, roles: readonly Role[]): void {
  if (roles.includes(identity.role)) return
  throw new RoleForbidden(
    `This needs the role ${roles.join(' or ')}; the user "${identity.username}" has the role ${identity.role}.`,
  )
}

/** @throws {NotOwner} unless the user is root or owns the project. */
export function assertMayManage(identity: Identity, project: { id: string; owner: string }): void {
  if (identity.role === 'root') return
  if (identity.role === 'upstreamuser' && project.owner === identity.username) return
  throw new NotOwner(project.id)
}

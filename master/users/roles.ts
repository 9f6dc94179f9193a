// Who may do what: the one place that decides on roles and on the ownership of projects.

import { NotOwner, RoleForbidden } from '../../shared/errors.ts'
import type { Role } from '../../shared/schemas/user.ts'

/** Who sent a request, as its log-in showed. `expiresAt` is set when it was a token (ISO 8601). */
export interface Identity {
  username: string
  role: Role
  expiresAt: string | null
}

/** Who may use a route: anybody, a slave (by SLAVE_TOKEN), any user, or users of these roles. */
export type Access = 'open' | 'slave' | 'any' | readonly Role[]

/** The roles that add projects and manage their own. */
export const MANAGERS: readonly Role[] = ['root', 'upstreamuser']

/** @throws {RoleForbidden} when the user's role is not among those of the route. */
export function assertRole(identity: Identity, roles: readonly Role[]): void {
  if (roles.includes(identity.role)) return
  throw new RoleForbidden(
    `This needs the role ${roles.join(' or ')}; "${identity.username}" has the role ${identity.role}.`,
  )
}

/** @throws {NotOwner} unless the user is root or owns the project. */
export function assertMayManage(identity: Identity, project: { id: string; owner: string }): void {
  if (identity.role === 'root') return
  if (identity.role === 'upstreamuser' && project.owner === identity.username) return
  throw new NotOwner(project.id)
}

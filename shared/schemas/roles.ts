// The roles of users, and who may manage a project. Without schemas, so that the dashboard can use it.

export const ROLES = ['root', 'upstreamuser', 'viewer'] as const
export type Role = (typeof ROLES)[number]

/** The roles that add projects and manage their own. */
export const MANAGERS: readonly Role[] = ['root', 'upstreamuser']

/** Root manages every project, an owner who is a manager manages their own. */
export function mayManage(user: { username: string; role: Role }, project: { owner: string }): boolean {
  return user.role === 'root' || (MANAGERS.includes(user.role) && project.owner === user.username)
}

// The rules of users; those of their tokens are in token-service.ts.

import { randomBytes } from 'node:crypto'
import { atField, InvalidInput, RoleForbidden, UserExists } from '../../shared/errors.ts'
import type { Role, StoredUser } from '../../shared/schemas/user.ts'
import type { Store } from '../store/store.ts'
import type { Passwords } from './passwords.ts'
import type { Identity } from './roles.ts'
import { createSessionService } from './session-service.ts'
import { createTokenService } from './token-service.ts'
import { passwordIdOf } from './token-text.ts'
import type { TokenUses } from './token-uses.ts'

export interface UserServiceDeps {
  store: Store
  uses: TokenUses
  passwords: Passwords
  /** Gives all projects of the owner `from` to `to`. */
  handOver: (from: { username: string; role: Role | null }, to: string) => Promise<void>
  settings: { TOKEN_TTL_S: number; TOKEN_MAX_TTL_S: number; SESSION_TTL_S: number }
  now: () => number
}

export type UserService = ReturnType<typeof createUserService>

export function createUserService({ store, uses, passwords, handOver, settings, now }: UserServiceDeps) {
  const isoNow = () => new Date(now()).toISOString()

  return {
    ...createTokenService({ store, uses, settings, now }),
    ...createSessionService({ store, uses, settings, now }),

    /** The user of a log-in, or null. Takes just as long for an unknown user. */
    checkPassword: async (username: string, password: string): Promise<Identity | null> => {
      const user = await store.findUser(username)
      const matches = await passwords.verify(password, user?.password_hash ?? null)
      if (user === null || !matches) return null
      return { username: user.username, role: user.role, expiresAt: null, passwordId: passwordIdOf(user) }
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
      await handOver({ username, role: null }, by)
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
      const role = (await store.findUser(username))?.role ?? null
      await store.removeUser(username)
      const heir = by === username ? (await store.listUsers()).find(({ role }) => role === 'root')?.username : by
      if (heir !== undefined) await handOver({ username, role }, heir)
    },

    /**
     * At the first start, makes the first user with the role root. `generated` is the password when none was given;
     * `isFirst` is false when there are users already.
     */
    ensureRoot: async (
      username: string,
      password: string | undefined,
    ): Promise<{ isFirst: boolean; generated: string | null }> => {
      const there = { isFirst: false, generated: null }
      if ((await store.listUsers()).length > 0) return there
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
        if (error instanceof UserExists) return there
        throw error
      }
      return { isFirst: true, generated: password === undefined ? chosen : null }
    },
  }
}

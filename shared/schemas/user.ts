// Users and roles.

import Type, { type Static } from 'typebox'
import { Timestamp } from './common.ts'
import { ROLES } from './roles.ts'

export const Role = Type.Enum(ROLES, {
  description: '"root", "upstreamuser" or "viewer"',
})
export type Role = Static<typeof Role>

export const Username = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$',
  description: '1 to 64 letters, digits or . _ @ -, the first a letter or digit',
})
export const Password = Type.String({ minLength: 1, maxLength: 1024, description: '1 to 1024 characters' })

export const StoredUser = Type.Object({
  username: Username,
  role: Role,
  password_hash: Type.String(),
  created_at: Timestamp,
})
export type StoredUser = Static<typeof StoredUser>

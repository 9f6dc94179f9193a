// The log-in of a browser, as it is listed.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'
import { Role, Username } from './user.ts'

/** What is known of the browser: its address, and what it calls itself. */
export const SessionOrigin = Type.Object({ address: Type.String(), agent: Nullable(Type.String()) })
export type SessionOrigin = Static<typeof SessionOrigin>

export const SessionView = Type.Object({
  session_id: Type.String(),
  username: Username,
  role: Role,
  created_at: Timestamp,
  last_used_at: Nullable(Timestamp),
  expires_at: Nullable(Timestamp),
  ...SessionOrigin.properties,
  /** True for the session that asks. */
  current: Type.Boolean(),
})
export type SessionView = Static<typeof SessionView>

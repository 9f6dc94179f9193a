// Slaves: what is stored and what is shown.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'

export const StoredSlave = Type.Object({
  id: Type.String(),
  hostname: Type.String(),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  created_at: Timestamp,
})
export type StoredSlave = Static<typeof StoredSlave>

/** `lag` counts the generations that a slave is behind the master's newest of that project. */
export const SlaveView = Type.Object({
  id: Type.String(),
  hostname: Type.String(),
  port: Type.Integer(),
  state: Type.Enum(['up', 'down', 'unknown'] as const),
  last_seen: Nullable(Timestamp),
  version: Nullable(Type.String()),
  projects: Type.Record(Type.String(), Type.Object({ anchor: Nullable(Type.Integer()), lag: Type.Integer() })),
})
export type SlaveView = Static<typeof SlaveView>

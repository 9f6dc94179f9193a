// Slaves: what is stored and what is shown.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'

/** As in localhost:7000. */
export const SlaveId = Type.String({ minLength: 1, maxLength: 300, description: "a slave's id, as in localhost:7000" })

export const StoredSlave = Type.Object({
  id: Type.String(),
  hostname: Type.String(),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  /** The id of the slave that it pulls from; null for the master. */
  upstream: Nullable(Type.String()),
  created_at: Timestamp,
})
export type StoredSlave = Static<typeof StoredSlave>

/**
 * `lag` counts the generations between what a slave serves and what the fleet does; `drift` is what the last full
 * comparison found to differ, null when none was made yet.
 */
export const SlaveView = Type.Object({
  id: Type.String(),
  hostname: Type.String(),
  port: Type.Integer(),
  upstream: Nullable(Type.String()),
  state: Type.Enum(['up', 'down', 'unknown'] as const),
  last_seen: Nullable(Timestamp),
  version: Nullable(Type.String()),
  projects: Type.Record(
    Type.String(),
    Type.Object({ anchor: Nullable(Type.Integer()), lag: Type.Integer(), drift: Nullable(Type.Integer()) }),
  ),
})
export type SlaveView = Static<typeof SlaveView>

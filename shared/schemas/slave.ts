// A slave as it is stored and as answers show it.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'
import { MasterReach } from './messages.ts'

/** As in localhost:7000. */
export const SlaveId = Type.String({ minLength: 1, maxLength: 300, description: "a slave's id, as in localhost:7000" })

/** A project that was removed, by its key and its last name; with `purge` its files go too. */
export const TreeRemoval = Type.Object({ key: Type.String(), project: Type.String(), purge: Type.Boolean() })
export type TreeRemoval = Static<typeof TreeRemoval>

export const StoredSlave = Type.Object({
  id: Type.String(),
  hostname: Type.String(),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  /** The id of the slave that it pulls from. Null when it pulls from the master. */
  upstream: Nullable(Type.String()),
  created_at: Timestamp,
  /** Of which the slave has not been told yet. Missing: none. */
  removals: Type.Optional(Type.Array(TreeRemoval)),
})
export type StoredSlave = Static<typeof StoredSlave>

/**
 * A slave that `refuses` answers, but takes no orders from this master; `reason` says why and what to do, or why a slave
 * that is `down` does not answer. `anchor` is the generation that the slave serves, `lag` how many generations it is behind
 * the fleet, `drift` how many entries the last full comparison found to differ; null when there was none.
 */
export const SlaveView = Type.Object({
  id: Type.String(),
  hostname: Type.String(),
  port: Type.Integer(),
  upstream: Nullable(Type.String()),
  state: Type.Enum(['up', 'down', 'refuses', 'unknown'] as const),
  reason: Nullable(Type.String()),
  last_seen: Nullable(Timestamp),
  version: Nullable(Type.String()),
  /**
   * Whether the slave itself reaches its master, as it said at the master's last look. Null when it has not said; missing from
   * masters of earlier versions.
   */
  to_master: Type.Optional(Nullable(MasterReach)),
  projects: Type.Record(
    Type.String(),
    Type.Object({ anchor: Nullable(Type.Integer()), lag: Type.Integer(), drift: Nullable(Type.Integer()) }),
  ),
})
export type SlaveView = Static<typeof SlaveView>

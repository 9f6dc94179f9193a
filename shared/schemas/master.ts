// Masters, as answers show them, and the request that gives projects to one.

import Type, { type Static } from 'typebox'
import { Name, Nullable, Strict, Timestamp } from './common.ts'
import { NodeName } from './project-parts.ts'

/** The room on the file system of a master's DEST_ROOT, in bytes. `is_low`: syncs stop soon, or have stopped (DISK_FLOOR_MB). */
export const MasterDisk = Type.Object({ free: Type.Integer(), size: Type.Integer(), is_low: Type.Boolean() })

/** What a master says of itself. `disk` is null when it does not answer. */
export const MasterReport = Type.Object({ version: Type.String(), disk: Nullable(MasterDisk) })
export type MasterReport = Static<typeof MasterReport>

/**
 * `left` is a master that was stopped, `down` one that is silent; `seen_at` is its last sign of life. `projects` counts the
 * projects that it runs; null for the only master, which runs all. `leader`: it does what one master does for all.
 * `version` is null when the master has an earlier version than this field; `disk` also when the master is not up.
 */
export const MasterView = Type.Object({
  node: Type.String(),
  url: Type.String(),
  state: Type.Enum(['up', 'down', 'left'] as const),
  seen_at: Timestamp,
  projects: Nullable(Type.Integer()),
  leader: Type.Boolean(),
  version: Nullable(Type.String()),
  disk: Nullable(MasterDisk),
})
export type MasterView = Static<typeof MasterView>

/** Which projects another master gets. */
export const AssignNode = Strict({
  node: NodeName,
  ids: Type.Array(Name, { minItems: 1, maxItems: 1_000, uniqueItems: true, description: 'a list of project ids' }),
})

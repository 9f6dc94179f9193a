// What a project may set for itself where the fleet has a setting: limits on its way to the upstream, and its place in the queue.

import Type, { type Static } from 'typebox'
import { Bandwidth } from './bandwidth.ts'
import { Nullable } from './common.ts'

const seconds = (description: string, maximum = 31_536_000) =>
  Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum, description: `${description}, or null for the setting` })))

/** As requests give them and answers show them. Null or missing: as the fleet's settings say. */
export const limitProperties = {
  /** After how many seconds without data an attempt ends, in place of RSYNC_IO_TIMEOUT_S. */
  io_timeout_s: seconds('a whole number of seconds'),
  /** How long an attempt may take, in place of SYNC_TIMEOUT_S. The fan-out keeps the setting. */
  timeout_s: seconds('a whole number of seconds'),
  /** How many attempts follow a transient failure, in place of RETRY_LIMIT. */
  retry_limit: Type.Optional(
    Nullable(
      Type.Integer({ minimum: 0, maximum: 100, description: 'a whole number from 0 to 100, or null for the setting' }),
    ),
  ),
  /** Of runs that wait for their turn, the one with the higher priority goes first. Null: 0. */
  priority: Type.Optional(
    Nullable(
      Type.Integer({ minimum: -10, maximum: 10, description: 'a whole number from -10 (last) to 10 (first), or null' }),
    ),
  ),
  /** How many runs may pull from this upstream's host at once, in place of MAX_SYNCS_PER_HOST. */
  max_syncs_per_host: Type.Optional(
    Nullable(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'a whole number from 1 to 1000, or null for the setting',
      }),
    ),
  ),
  /** What an attempt that begins within these hours may take from the upstream. */
  bandwidth: Type.Optional(Bandwidth),
}

const ProjectLimits = Type.Object(limitProperties)
export type ProjectLimits = Static<typeof ProjectLimits>

/** The limits that something has, null for those that it does not set. */
export function limitsOf(from: ProjectLimits): Required<ProjectLimits> {
  const { io_timeout_s = null, timeout_s = null, retry_limit = null } = from
  const { priority = null, max_syncs_per_host = null, bandwidth = null } = from
  return { io_timeout_s, timeout_s, retry_limit, priority, max_syncs_per_host, bandwidth }
}

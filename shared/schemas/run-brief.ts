// A run in one line: what a list of many projects shows of each of its newest runs.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'
import { RunState, Trigger } from './run.ts'

export const RunBrief = Type.Object({
  run: Type.String(),
  state: RunState,
  trigger: Trigger,
  dry_run: Type.Boolean(),
  /** True when the probe found nothing new, so that nothing was scanned. */
  unchanged: Type.Boolean(),
  queued_at: Timestamp,
  finished_at: Nullable(Timestamp),
  /** How long the run took, in seconds, without its time in the queue. Null while it has not ended. */
  seconds: Nullable(Type.Number()),
  /** What the upstream stage did. Null before it has counted anything. */
  changes: Nullable(
    Type.Object({
      added: Type.Integer(),
      modified: Type.Integer(),
      deleted: Type.Integer(),
      bytes_transferred: Type.Integer(),
    }),
  ),
  /** Why it did not succeed. Null when it did, and while it has not ended. */
  error: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
})
export type RunBrief = Static<typeof RunBrief>

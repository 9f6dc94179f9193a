// A run: one execution of a sync, with its upstream stage and one entry for every slave.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'

export const RUN_STATES = [
  'queued',
  'syncing',
  'fanning_out',
  'publishing',
  'succeeded',
  'partial',
  'failed',
  'blocked',
  'stopped',
  'interrupted',
] as const
export const RunState = Type.Enum(RUN_STATES)
export type RunState = (typeof RUN_STATES)[number]

export const SLAVE_RUN_STATES = [
  'pending',
  'syncing',
  'prepared',
  'succeeded',
  'failed',
  'unreachable',
  'stopped',
] as const
export type SlaveRunState = (typeof SLAVE_RUN_STATES)[number]

/** `skipped`: the run only brings slaves up to date that missed an earlier one. */
export const UPSTREAM_STATES = [
  'pending',
  'syncing',
  'succeeded',
  'failed',
  'blocked',
  'stopped',
  'interrupted',
  'skipped',
] as const

export const Trigger = Type.Enum(['schedule', 'explicit', 'catch_up', 'rollback'] as const)
export type Trigger = Static<typeof Trigger>

export const Mode = Type.Enum(['sync', 'full'] as const)
export type Mode = Static<typeof Mode>

/** What rsync said of itself while it works; sizes in bytes, `eta_s` in seconds, null where not known. */
export const Progress = Type.Object({
  percent: Type.Number(),
  bytes: Type.Integer(),
  rate: Type.Number(),
  eta_s: Nullable(Type.Number()),
  files_checked: Type.Integer(),
  files_total: Type.Integer(),
})
export type Progress = Static<typeof Progress>

/** What one rsync did. `bytes_transferred` is traffic in both directions; directories and links count as files. */
export const Summary = Type.Object({
  added: Type.Integer(),
  modified: Type.Integer(),
  deleted: Type.Integer(),
  errors: Type.Integer(),
  bytes_transferred: Type.Integer(),
  total_files: Type.Integer(),
  total_size: Type.Integer(),
})
export type Summary = Static<typeof Summary>

const stageProperties = {
  started_at: Nullable(Timestamp),
  finished_at: Nullable(Timestamp),
  exit_code: Nullable(Type.Integer()),
  progress: Nullable(Progress),
  summary: Nullable(Summary),
  error: Nullable(Type.String()),
}

export const UpstreamStage = Type.Object({ state: Type.Enum(UPSTREAM_STATES), ...stageProperties })
export type UpstreamStage = Static<typeof UpstreamStage>

export const SlaveStage = Type.Object({
  slave_id: Type.String(),
  hostname: Type.String(),
  port: Type.Integer(),
  state: Type.Enum(SLAVE_RUN_STATES),
  method: Nullable(Type.Enum(['normal', 'slow'] as const)),
  generation: Nullable(Type.Integer()),
  /** What a full comparison after a normal sync found to differ; null when none was made. */
  drift: Nullable(Type.Integer()),
  ...stageProperties,
})
export type SlaveStage = Static<typeof SlaveStage>

export const RunError = Type.Object({ code: Type.String(), message: Type.String() })

/** `run` is the run's own id, `id` the project's. All times ISO 8601 in UTC. */
export const Run = Type.Object({
  run: Type.String(),
  id: Type.String(),
  trigger: Trigger,
  mode: Mode,
  dry_run: Type.Boolean(),
  state: RunState,
  /** The master that carries the run. */
  node: Type.String(),
  queued_at: Timestamp,
  started_at: Nullable(Timestamp),
  finished_at: Nullable(Timestamp),
  attempt: Type.Integer(),
  generation: Nullable(Type.Integer()),
  upstream: UpstreamStage,
  slaves: Type.Array(SlaveStage),
  error: Nullable(RunError),
})
export type Run = Static<typeof Run>

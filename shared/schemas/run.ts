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
  'blocked',
  'unreachable',
  'stopped',
] as const
export type SlaveRunState = (typeof SLAVE_RUN_STATES)[number]

/**
 * `skipped`: the run does not ask the upstream; it only brings slaves up to date, or rolls back. `unchanged`: the probe
 * found nothing new, so the upstream was not scanned.
 */
export const UPSTREAM_STATES = [
  'pending',
  'syncing',
  'succeeded',
  'unchanged',
  'failed',
  'blocked',
  'stopped',
  'interrupted',
  'skipped',
] as const

/** How the upstream was looked through: all of it, by its own index, by a list that it keeps, or not at all. */
export const SCANS = ['walk', 'index', 'list', 'none'] as const

export const Trigger = Type.Enum(['schedule', 'explicit', 'catch_up', 'rollback'] as const)
export type Trigger = Static<typeof Trigger>

export const Mode = Type.Enum(['sync', 'full'] as const)
export type Mode = Static<typeof Mode>

/** How far a working rsync is, as it says itself. */
export const Progress = Type.Object({
  percent: Type.Number(),
  /** Bytes done so far. */
  bytes: Type.Integer(),
  /** Bytes per second. */
  rate: Type.Number(),
  /** Seconds left. Null when rsync cannot tell. */
  eta_s: Nullable(Type.Number()),
  files_checked: Type.Integer(),
  files_total: Type.Integer(),
})
export type Progress = Static<typeof Progress>

/** What a stage did, over all its rsyncs. Directories and links count as files. */
export const Summary = Type.Object({
  added: Type.Integer(),
  modified: Type.Integer(),
  deleted: Type.Integer(),
  errors: Type.Integer(),
  /** Bytes on the network, in both directions. */
  bytes_transferred: Type.Integer(),
  /** Files in the tree afterwards. */
  total_files: Type.Integer(),
  /** Size of the tree afterwards, in bytes. */
  total_size: Type.Integer(),
})
export type Summary = Static<typeof Summary>

/** Whether the tree is whole by its own indices. */
export const UpstreamVerify = Type.Object({
  /** `repaired`: whole, after names were linked or fetched again. `held`, `warned`: not whole; not published, or published. */
  state: Type.Enum(['whole', 'repaired', 'held', 'warned', 'off'] as const),
  /** The first ten reasons why it is not whole, each a sentence. The run's log has more. */
  problems: Type.Array(Type.String()),
  /** How many names were looked at: those that changed, and in mode `full` all. */
  checked: Type.Integer(),
  /** `full`: all names agree. `apt`: only clients that ask for indices by their sums see no fault. Null: neither, or not known. */
  grade: Nullable(Type.Enum(['full', 'apt'] as const)),
  /** From when on clients refuse the repository, by its own roots (Valid-Until). Null when they do not say; missing when they were not read. */
  valid_until: Type.Optional(Nullable(Timestamp)),
})
export type UpstreamVerify = Static<typeof UpstreamVerify>

/** The pull from the upstream, over all its attempts. The executor's upstream stage writes every field. */
export const UpstreamStage = Type.Object({
  state: Type.Enum(UPSTREAM_STATES),
  /** When the first attempt began. Null before. */
  started_at: Nullable(Timestamp),
  /** When the latest attempt ended. Null before the first has ended. */
  finished_at: Nullable(Timestamp),
  /** rsync's exit code in the latest attempt that ended. Null when there is none: it was killed or not started. */
  exit_code: Nullable(Type.Integer()),
  /** The latest progress; it reaches the disk only with the next change of the run. Null before rsync has shown any. */
  progress: Nullable(Progress),
  /** The sum of the attempts that ended. Null before rsync has counted anything. */
  summary: Nullable(Summary),
  /** What went wrong in the latest attempt, as text; a success may have a warning here. Null when nothing did. */
  error: Nullable(Type.String()),
  /** Which of the project's upstreams the latest attempt asked; 1 is the first. Missing where the project has only one. */
  upstream: Type.Optional(Type.Integer()),
  /** When the next attempt begins. Null or missing when none is waited for. */
  next_attempt_at: Type.Optional(Nullable(Timestamp)),
  /**
   * How many attempts the run makes at most. Null or missing while no further one is waited for, and while an upstream that is
   * being updated is.
   */
  attempt_limit: Type.Optional(Nullable(Type.Integer())),
  /** How the latest attempt looked through the upstream. Null or missing: not yet, or it was not recorded. */
  scanned: Type.Optional(Nullable(Type.Enum(SCANS))),
  /**
   * How many entries a scan that was due found changed though the probe had found nothing new. Null or missing when there
   * was no such scan.
   */
  drift: Type.Optional(Nullable(Type.Integer())),
  /** Missing until the tree was filled, and in runs of versions before this field. */
  verify: Type.Optional(UpstreamVerify),
})
export type UpstreamStage = Static<typeof UpstreamStage>

/** A slave's part of a run. The fan-out adds it; the slave's report fills it in. */
export const SlaveStage = Type.Object({
  /** The slave's id, hostname and port at the time. */
  slave_id: Type.String(),
  hostname: Type.String(),
  port: Type.Integer(),
  /** Written by the fan-out, by the slave's report, and by the publish stage. */
  state: Type.Enum(SLAVE_RUN_STATES),
  /** `normal` pulls only what changed, `slow` compares the whole tree. Null before the report, or without a sync. */
  method: Nullable(Type.Enum(['normal', 'slow'] as const)),
  /** The generation that the slave has reached. Null before it reports success; a rollback sets it from the start. */
  generation: Nullable(Type.Integer()),
  /** How many entries a full comparison after a normal sync found to differ. Null when there was no comparison. */
  drift: Nullable(Type.Integer()),
  /** When the slave was told; its report replaces this with when it began, or null when it never did. Null before. */
  started_at: Nullable(Timestamp),
  /** When the slave ended, by its report or by the master's wait for it; then when it published. Null before. */
  finished_at: Nullable(Timestamp),
  /** rsync's exit code on the slave, from its report. Null without one. */
  exit_code: Nullable(Type.Integer()),
  /** The latest progress that the slave reported; it reaches the disk only with the next change of the run. */
  progress: Nullable(Progress),
  /** From the slave's report; after a normal sync the totals are those of the master's tree. Null without a report. */
  summary: Nullable(Summary),
  /** What went wrong, as text: from the slave's report, or from the master when none came. Null when nothing did. */
  error: Nullable(Type.String()),
})
export type SlaveStage = Static<typeof SlaveStage>

export const RunError = Type.Object({ code: Type.String(), message: Type.String() })

/** All times are ISO 8601 in UTC. */
export const Run = Type.Object({
  /** The run's own id: the project's key and a number that counts up. */
  run: Type.String(),
  /** The project's id when the run was queued. */
  id: Type.String(),
  /** What asked for the run. `catch_up`: a fire time that was missed, or a slave that is behind. */
  trigger: Trigger,
  /** `full` compares the contents of all files, with the upstream and on the slaves. */
  mode: Mode,
  /** True when the run changes nothing and only counts what it would do. */
  dry_run: Type.Boolean(),
  /** True when the delete guard lets the run through. Missing in runs of versions before this field. */
  force: Type.Optional(Type.Boolean()),
  /** The upstream that the request picked, counted from 1. Missing: all in their order. */
  from_upstream: Type.Optional(Type.Integer()),
  /** Written by the executor along the transitions in run-state.ts. */
  state: RunState,
  /** The master that executes the run. Written when the run is queued, and when it is handed to another master. */
  node: Type.String(),
  queued_at: Timestamp,
  /** When the first stage began. Null while the run is queued. */
  started_at: Nullable(Timestamp),
  /** When the run ended. Null before. */
  finished_at: Nullable(Timestamp),
  /** The number of the upstream attempt, from 1. 0 before the first, and when the upstream is skipped. */
  attempt: Type.Integer(),
  /** The generation that the slaves are brought to. Null before the fan-out, and for a dry run. */
  generation: Nullable(Type.Integer()),
  upstream: UpstreamStage,
  /** One entry for each slave that takes part. Empty before the fan-out. */
  slaves: Type.Array(SlaveStage),
  /** Why the run did not succeed. Null while it is active, when it succeeded, and when somebody stopped it. */
  error: Nullable(RunError),
})
export type Run = Static<typeof Run>

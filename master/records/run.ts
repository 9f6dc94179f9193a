// Builds runs and their parts: pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type {
  Mode,
  Run,
  RunState,
  SlaveStage,
  Summary,
  Trigger,
  UpstreamStage,
  UpstreamVerify,
} from '../../shared/schemas/run.ts'
import { assertRunMove } from '../../shared/schemas/run-state.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import { addSummaries } from '../../shared/trees/pull-passes.ts'
import { isSuccess, type Outcome } from '../../shared/trees/source.ts'

/** What a run should do, and what triggered it. */
export interface RunRequest {
  trigger: Trigger
  mode: Mode
  dryRun: boolean
  force: boolean
  /** Set when one of the project's upstreams is picked, counted from 1. */
  upstream?: number
  /** Set for a refresh: the ids of the slaves that it brings up to date with the master. */
  onlySlaves?: readonly string[]
  /** Set when the tree is published though it is not whole, whatever the project says. */
  publishHeld?: boolean
  /** Set for a rollback: the generation to serve again. */
  back?: { generation: number; tag: string }
}

/** How the upstream stage may end: as a pull does, by a guard, or by a probe that found nothing new. */
export type UpstreamOutcome = Outcome | 'blocked' | 'unchanged'

/** The request for a plain sync, such as a schedule's. */
export function plainRequest(trigger: Trigger): RunRequest {
  return { trigger, mode: 'sync', dryRun: false, force: false }
}

/** More than the priorities of any two projects are apart. */
const REQUESTED = 21

/**
 * The priority of a waiting run: runs that a user has requested go first, and among them, as among the others, those of the
 * project with the higher priority.
 */
export function priorityOf(
  request: Pick<RunRequest, 'trigger'> | null,
  { priority }: { priority?: number | null },
): number {
  const isRequested = request?.trigger === 'explicit' || request?.trigger === 'rollback'
  return (isRequested ? REQUESTED : 0) + (priority ?? 0)
}

/** How a run ended, for its record. */
export interface RunEnd {
  state: RunState
  error: Run['error']
}

/** The code of a run whose upstream was not whole. */
export const NOT_WHOLE = 'UPSTREAM_NOT_WHOLE'

const NOT_WAITING = { next_attempt_at: null, attempt_limit: null }

const UNTOUCHED = {
  started_at: null,
  finished_at: null,
  exit_code: null,
  progress: null,
  summary: null,
  error: null,
}

/** A new run, queued; `at` is ISO 8601. */
export function newRun(runId: string, project: StoredProject, request: RunRequest, at: string, node: string): Run {
  return {
    run: runId,
    id: project.id,
    trigger: request.trigger,
    mode: request.mode,
    dry_run: request.dryRun,
    force: request.force,
    ...(request.upstream === undefined ? {} : { from_upstream: request.upstream }),
    state: 'queued',
    node,
    queued_at: at,
    started_at: null,
    finished_at: null,
    attempt: 0,
    generation: null,
    upstream: {
      state: request.onlySlaves === undefined && request.back === undefined ? 'pending' : 'skipped',
      ...UNTOUCHED,
    },
    slaves: [],
    error: null,
  }
}

/** A slave's part of a run, before the slave is told. */
export function newSlaveStage(slave: StoredSlave): SlaveStage {
  return {
    slave_id: slave.id,
    hostname: slave.hostname,
    port: slave.port,
    state: 'pending',
    method: null,
    generation: null,
    drift: null,
    ...UNTOUCHED,
  }
}

/**
 * A run at the start of its next upstream attempt; `at` is ISO 8601, and `way` the number of the upstream where there are several. @throws {Error} when its state does not allow it.
 */
export function enterAttempt(run: Run, attempt: number, at: string, way?: number): Run {
  if (run.state !== 'syncing') assertRunMove(run.state, 'syncing')
  const { upstream: stage } = run
  const upstream = {
    ...stage,
    ...NOT_WAITING,
    ...(way === undefined ? {} : { upstream: way }),
    state: 'syncing' as const,
    started_at: stage.started_at ?? at,
  }
  return { ...run, state: 'syncing', attempt, started_at: run.started_at ?? at, upstream }
}

/** What an attempt left behind. */
export interface AttemptEnd {
  outcome: UpstreamOutcome
  exitCode: number | null
  summary: Summary | null
  error: string | null
  drift?: number | null
  verify?: UpstreamVerify
  scanned?: 'index' | 'list'
}

/** The upstream stage after its last attempt ended; `at` is ISO 8601. */
export function endedUpstream(stage: UpstreamStage, end: AttemptEnd, at: string): UpstreamStage {
  const { outcome, exitCode: exit_code, error, drift = null } = end
  const state = stateOfUpstream(outcome)
  // The counts of the run include what failed attempts have fetched.
  const summary = end.summary === null ? stage.summary : addSummaries(stage.summary, end.summary)
  const scanned = state === 'unchanged' ? ('none' as const) : (end.scanned ?? ('walk' as const))
  const verify = end.verify === undefined ? {} : { verify: end.verify }
  return { ...stage, ...NOT_WAITING, state, finished_at: at, exit_code, summary, error, scanned, drift, ...verify }
}

/** The upstream stage after an attempt that another one follows; `next` says when, and how many there are at most. */
export function waitingUpstream(
  stage: UpstreamStage,
  end: AttemptEnd,
  at: string,
  next: { at: string; limit: number | null },
): UpstreamStage {
  return { ...endedUpstream(stage, end, at), state: 'syncing', next_attempt_at: next.at, attempt_limit: next.limit }
}

/** The upstream stage of a run that ends: one that was syncing, or waited, ends as the run does. `at` is ISO 8601. */
export function closedUpstream(stage: UpstreamStage, end: RunState, at: string): UpstreamStage {
  if (stage.state !== 'syncing') return stage
  const state = end === 'stopped' || end === 'interrupted' ? end : 'failed'
  return { ...stage, ...NOT_WAITING, state, finished_at: at }
}

function stateOfUpstream(outcome: UpstreamOutcome): UpstreamStage['state'] {
  if (outcome === 'stopped' || outcome === 'blocked' || outcome === 'unchanged') return outcome
  return isSuccess(outcome) ? 'succeeded' : 'failed'
}

/** The fields that change when a run enters its fan-out; `at` is ISO 8601. */
export function enterFanOut(run: Run, generation: number, slaves: readonly StoredSlave[], at: string): Partial<Run> {
  return { generation, started_at: run.started_at ?? at, slaves: slaves.map(newSlaveStage) }
}

/** The fields that change when a rollback starts; `at` is ISO 8601. Every slave may already hold that generation. */
export function enterRollback(generation: number, slaves: readonly StoredSlave[], at: string): Partial<Run> {
  const prepared = { state: 'prepared', generation } as const
  return { generation, started_at: at, slaves: slaves.map((slave) => ({ ...newSlaveStage(slave), ...prepared })) }
}

export function failedEnd(code: string, message: string): RunEnd {
  return { state: 'failed', error: { code, message } }
}

/** The end of a run that goes no further than its upstream stage. `code` is null for a dry run that succeeded. */
export function endOfUpstream(result: { outcome: UpstreamOutcome; code: string | null; error: string | null }): RunEnd {
  const { outcome, code, error } = result
  if (outcome === 'stopped') return { state: 'stopped', error: null }
  if (code === null) return { state: 'succeeded', error: null }
  return { state: outcome === 'blocked' ? 'blocked' : 'failed', error: { code, message: error ?? 'rsync failed' } }
}

/** The end of a run whose upstream stage succeeded, from the states of its slaves. */
export function endOfFanOut(slaves: readonly SlaveStage[]): RunEnd {
  const missing = slaves.filter((slave) => slave.state !== 'succeeded')
  if (missing.length === 0) return { state: 'succeeded', error: null }
  const list = missing.map(
    (slave) => `${slave.slave_id} ${slave.state}${slave.error === null ? '' : ` (${slave.error})`}`,
  )
  const message = `${missing.length} of ${slaves.length} slaves are not up to date: ${list.join('; ')}`
  return { state: 'partial', error: { code: 'SLAVES_BEHIND', message } }
}

/** A run whose master died, or lost the run, while executing it. */
export function interruptedRun(run: Run, at: string): Run {
  const upstream = closedUpstream(run.upstream, 'interrupted', at)
  const slaves = run.slaves.map((slave) =>
    slave.state === 'pending' || slave.state === 'syncing' || slave.state === 'prepared'
      ? { ...slave, state: 'stopped' as const, finished_at: at, error: 'the master was restarted' }
      : slave,
  )
  const error = { code: 'INTERRUPTED', message: 'The master stopped while it was executing this run.' }
  return { ...run, state: 'interrupted', finished_at: at, upstream, slaves, error }
}

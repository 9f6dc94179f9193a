// Builds runs and their parts: pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Mode, Run, RunState, SlaveStage, Summary, Trigger, UpstreamStage } from '../../shared/schemas/run.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import { isSuccess, type Outcome } from '../../shared/trees/source.ts'
import { addSummaries } from './summaries.ts'

/** What a run is asked to be. */
export interface RunRequest {
  trigger: Trigger
  mode: Mode
  dryRun: boolean
  force: boolean
  /** Set for a run that only brings these slaves up to date with what the master has. */
  onlySlaves?: readonly string[]
  /** Set for a rollback: the generation to serve again. */
  back?: { generation: number; tag: string }
}

/** The request of a schedule: a plain sync. */
export function plainRequest(trigger: Trigger): RunRequest {
  return { trigger, mode: 'sync', dryRun: false, force: false }
}

/** How a run ended, for its record. */
export interface RunEnd {
  state: RunState
  error: Run['error']
}

const UNTOUCHED = {
  started_at: null,
  finished_at: null,
  exit_code: null,
  progress: null,
  summary: null,
  error: null,
}

/** A run that waits for its turn; `at` is ISO 8601. */
export function newRun(runId: string, project: StoredProject, request: RunRequest, at: string, node: string): Run {
  return {
    run: runId,
    id: project.id,
    trigger: request.trigger,
    mode: request.mode,
    dry_run: request.dryRun,
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

/** A slave's part of a run, not yet told. */
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

/** The upstream stage after an attempt ended. */
export function endedUpstream(
  stage: UpstreamStage,
  end: { outcome: Outcome | 'blocked'; exitCode: number | null; summary: Summary | null; error: string | null },
  at: string,
): UpstreamStage {
  const { outcome } = end
  const unwell = outcome === 'stopped' || outcome === 'blocked' ? outcome : 'failed'
  const state = outcome !== 'blocked' && isSuccess(outcome) ? 'succeeded' : unwell
  // What an attempt that failed had fetched already is part of what the run did.
  const summary = end.summary === null ? stage.summary : addSummaries(stage.summary, end.summary)
  return { ...stage, state, finished_at: at, exit_code: end.exitCode, summary, error: end.error }
}

/** What the slaves' states make of a run whose upstream stage went well. */
export function judgeFanOut(slaves: readonly SlaveStage[]): { state: 'succeeded' | 'partial'; message: string | null } {
  const missing = slaves.filter((slave) => slave.state !== 'succeeded')
  if (missing.length === 0) return { state: 'succeeded', message: null }
  const list = missing.map(
    (slave) => `${slave.slave_id} ${slave.state}${slave.error === null ? '' : ` (${slave.error})`}`,
  )
  return {
    state: 'partial',
    message: `${missing.length} of ${slaves.length} slaves did not follow: ${list.join('; ')}`,
  }
}

/** A run whose master died in it, or lost its hold on it. */
export function interruptedRun(run: Run, at: string): Run {
  const upstream =
    run.upstream.state === 'syncing'
      ? { ...run.upstream, state: 'interrupted' as const, finished_at: at }
      : run.upstream
  const slaves = run.slaves.map((slave) =>
    slave.state === 'pending' || slave.state === 'syncing' || slave.state === 'prepared'
      ? { ...slave, state: 'stopped' as const, finished_at: at, error: 'the master was restarted' }
      : slave,
  )
  const error = { code: 'INTERRUPTED', message: 'The master ended in the middle of this run.' }
  return { ...run, state: 'interrupted', finished_at: at, upstream, slaves, error }
}

/** What a run that ended changes in its project. A dry run changes nothing. */
export function afterRun(project: StoredProject, run: Run): Partial<StoredProject> {
  if (run.dry_run) return {}
  const ended = { run: run.run, state: run.state, finished_at: run.finished_at }
  // Bringing slaves up to date mends a partial run; it says nothing of an upstream that failed.
  if (run.upstream.state === 'skipped') {
    if (run.trigger === 'rollback') return { last_run: ended }
    const mends = project.last_run?.state === 'partial' && run.state === 'succeeded'
    return mends ? { last_run: ended } : {}
  }
  return { last_run: ended, ...(run.state === 'succeeded' ? { last_success_at: run.finished_at } : {}) }
}

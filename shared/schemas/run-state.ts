// The moves that a run and a slave's part of it may make; anything else is a bug and throws.

import type { Run, RunState, SlaveRunState } from './run.ts'

const RUN_MOVES: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ['syncing', 'fanning_out', 'publishing', 'failed', 'stopped', 'interrupted'],
  syncing: ['fanning_out', 'succeeded', 'failed', 'blocked', 'stopped', 'interrupted'],
  fanning_out: ['publishing', 'succeeded', 'partial', 'failed', 'stopped', 'interrupted'],
  publishing: ['succeeded', 'partial', 'failed', 'stopped', 'interrupted'],
  succeeded: [],
  partial: [],
  failed: [],
  blocked: [],
  stopped: [],
  interrupted: [],
}

const SLAVE_MOVES: Readonly<Record<SlaveRunState, readonly SlaveRunState[]>> = {
  pending: ['syncing', 'failed', 'unreachable', 'stopped'],
  syncing: ['prepared', 'succeeded', 'failed', 'blocked', 'unreachable', 'stopped'],
  prepared: ['succeeded', 'failed', 'unreachable', 'stopped'],
  // A slave whose answer was lost may have started all the same; its report then decides.
  unreachable: ['syncing', 'prepared', 'succeeded', 'failed', 'blocked', 'stopped'],
  succeeded: [],
  failed: [],
  blocked: [],
  stopped: [],
}

/** True for a state that a run never leaves. */
export function hasEnded(state: RunState): boolean {
  return RUN_MOVES[state].length === 0
}

/** Of runs that have not ended, the one to show for each project, by its id: the one under way, else the first that waits. */
export function runsToShow<R extends Pick<Run, 'id' | 'state' | 'queued_at'>>(runs: Iterable<R>): Map<string, R> {
  const shown = new Map<string, R>()
  for (const run of [...runs].sort((a, b) => (a.queued_at < b.queued_at ? -1 : 1))) {
    const other = shown.get(run.id)
    if (other === undefined || (other.state === 'queued' && run.state !== 'queued')) shown.set(run.id, run)
  }
  return shown
}

/** True for a state that a slave does not leave by itself during its run. */
export function isSettled(state: SlaveRunState): boolean {
  return state === 'unreachable' || SLAVE_MOVES[state].length === 0
}

/** True when a slave will send nothing more by itself: it has settled, or waits to be told to publish. */
export function hasAnswered(state: SlaveRunState): boolean {
  return state === 'prepared' || isSettled(state)
}

/** @throws {Error} when a run may not go from one state to the other. */
export function assertRunMove(from: RunState, to: RunState): void {
  if (!RUN_MOVES[from].includes(to)) throw new Error(`A run cannot go from ${from} to ${to}`)
}

/** @throws {Error} when a slave may not go from one state to the other within a run. */
export function assertSlaveMove(from: SlaveRunState, to: SlaveRunState): void {
  if (!SLAVE_MOVES[from].includes(to)) throw new Error(`A slave cannot go from ${from} to ${to}`)
}

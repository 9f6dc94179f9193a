// What a request for a run comes to, beside the runs that its project has already: pure.

import type { Run } from '../../shared/schemas/run.ts'
import type { RunRequest } from './run.ts'

/**
 * `join`: a run that waits carries the request too. `add`: a new run, at once or after those before it. `later`: the
 * project is due again when its run has ended. `refuse`: the project must have no other run.
 */
export type Placement = { kind: 'join'; run: Run } | { kind: 'add' } | { kind: 'later'; run: Run } | { kind: 'refuse' }

/**
 * Places a request. `open` are the project's runs that have not ended, in their order, without those that only bring
 * slaves up to date. A run that has begun cannot carry a request any more: it may have looked at the upstream already.
 * Dry and real runs never merge.
 */
export function placeRequest(request: RunRequest, open: readonly Run[]): Placement {
  const [first] = open
  if (first !== undefined && (request.back !== undefined || request.publishHeld)) return { kind: 'refuse' }
  const waiting = open.find((run) => isWaitingSync(run) && run.dry_run === request.dryRun)
  if (waiting !== undefined) return { kind: 'join', run: waiting }
  return first === undefined || request.trigger === 'explicit' ? { kind: 'add' } : { kind: 'later', run: first }
}

/** The run of a project that is under way, among those that have not ended; null when there is none. */
export function runUnderWay(open: readonly Run[]): Run | null {
  return open.find((run) => run.state !== 'queued') ?? null
}

/** A waiting run that carries a request too: what is stronger of both, and the upstream that was picked last. */
export function withJoined(run: Run, request: Pick<RunRequest, 'mode' | 'force' | 'upstream'>): Run {
  return {
    ...run,
    ...(request.mode === 'full' ? { mode: 'full' } : {}),
    ...(request.force ? { force: true } : {}),
    ...(request.upstream === undefined ? {} : { from_upstream: request.upstream }),
  }
}

/** A request as its run carries it now. */
export function requestOf(asked: RunRequest, run: Run): RunRequest {
  return { ...asked, ...pickedBy(run), mode: run.mode, force: run.force ?? asked.force }
}

/** The request of a waiting run, from its record alone; only for a sync with the upstream. */
export function requestOfRecord(run: Run): RunRequest {
  const { trigger, mode, dry_run: dryRun, force = false } = run
  return { trigger, mode, dryRun, force, ...pickedBy(run) }
}

const pickedBy = ({ from_upstream: upstream }: Run) => (upstream === undefined ? {} : { upstream })

/** True for a run that waits to sync with the upstream: nothing of it is done, and it can wait for another start. */
export function isWaitingSync(run: Run): boolean {
  return run.state === 'queued' && run.upstream.state === 'pending'
}

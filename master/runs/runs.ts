// The interface for runs, implemented by a single master and by several masters on one database.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { type Placement, runUnderWay } from '../records/requests.ts'
import type { RunRequest } from '../records/run.ts'
import type { ActiveRun } from './active-run.ts'

/** The result of a request: the run that carries it, how it came to that, and the run under way before it, if any. */
export interface Enqueued {
  run: Run
  note: 'sync initiated' | 'already queued' | 'already running; one more run follows' | 'already running'
  running: Run | null
}

/** The answer to a request that was placed; `run` is the one that carries it. */
export function enqueuedAs(placement: Placement, run: Run, open: readonly Run[]): Enqueued {
  const running = runUnderWay(open)
  if (placement.kind === 'join') return { run, note: 'already queued', running }
  if (placement.kind === 'later') return { run: running ?? run, note: 'already running', running }
  return { run, note: running === null ? 'sync initiated' : 'already running; one more run follows', running }
}

/**
 * The fire time that a scheduled run uses up: `was` is the stored one, `next` is stored with the run. Both are ISO
 * 8601.
 */
export interface FireTime {
  was: string | null
  next: string | null
}

/** A project whose tree is to be locked. */
export type LockedProject = Pick<StoredProject, 'id' | 'key'>

export interface Runs {
  /** True while a run on this master reads or writes the project's tree. */
  isActive: (key: string) => boolean
  /** True while a run on this master may change the project's tree. */
  isSyncing: (key: string) => boolean
  /**
   * Does `work` under the project's tree lock: a run that is requested meanwhile waits until the work is done.
   *
   * @throws {ProjectBusy} when a run uses the tree, or the tree is already locked.
   */
  withTreeLock: <T>(project: LockedProject, work: () => Promise<T>) => Promise<T>
  /**
   * Queues a run, or joins one that waits (see `placeRequest`). While a run is under way, an explicit request queues
   * one more, which all further requests join; a scheduled one makes the project due again. The next fire time is
   * stored in the same write. Null when the fire time was already used up.
   *
   * @throws {ProjectBusy} for a rollback, or to publish what is held, while the project has another run.
   */
  enqueue: (key: string, request: RunRequest, fire?: FireTime) => Promise<Enqueued | null>
  /**
   * Starts a run that only brings lagging slaves up to date. Null when the project is busy: its own run tells the
   * slaves.
   */
  refresh: (key: string, slaveIds: readonly string[]) => Promise<Run | null>
  /** Stops a run, wherever it is; resolves when it has ended. @throws {RunNotFound} @throws {RunEnded} */
  stop: (runId: string) => Promise<Run>
  /** Stops the project's runs, if any; resolves when they have ended. */
  stopProject: (key: string) => Promise<void>
  /** The run with its newest progress. @throws {RunNotFound} */
  get: (runId: string) => Promise<Run>
  /** The run with that id, if this master executes it and it has not ended. */
  findActive: (runId: string) => ActiveRun | undefined
  /** Every run that has not ended, with its newest progress. */
  listActive: () => Run[]
  /** The runs that this master executes. */
  listOwn: () => Run[]
  /** True for a run that another master executes; reports on it must be sent to that master. */
  isElsewhere: (run: Run) => boolean
  /** After a start, ends the runs that an earlier process left open. Returns the keys of their projects. */
  recover: () => Promise<string[]>
  /** Stops every run; resolves when all have ended. No more runs are queued. */
  stopAll: () => Promise<void>
}

/** Queues a run without a fire time; the result is never null. */
export async function enqueueNow(runs: Pick<Runs, 'enqueue'>, key: string, request: RunRequest): Promise<Enqueued> {
  const enqueued = await runs.enqueue(key, request)
  if (enqueued === null) throw new Error('A request without a fire time was not queued')
  return enqueued
}

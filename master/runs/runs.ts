// What the rest of the master may do with runs, whether one master has them all or several share them.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { RunRequest } from '../records/run.ts'
import type { ActiveRun } from './active-run.ts'

/** What came of a request: the run, and whether it was there already. */
export interface Enqueued {
  run: Run
  note: 'sync initiated' | 'already queued' | 'already running'
}

/** A schedule's fire time that a run stands for: `was` is the stored one, `next` the one that is stored with the run. */
export interface FireTime {
  was: string | null
  next: string | null
}

/** The project whose tree is to rest. */
export type LockedProject = Pick<StoredProject, 'id' | 'key'>

export interface Runs {
  /** True while anything here writes to, or reads from, the project's tree. */
  isActive: (key: string) => boolean
  /** True while a run here may change the project's tree. */
  isSyncing: (key: string) => boolean
  /**
   * Does `work` while no run touches the project's tree: one that is asked for meanwhile waits until it is done.
   *
   * @throws {ProjectBusy} when a run does, or other such work.
   */
  withTreeLock: <T>(project: LockedProject, work: () => Promise<T>) => Promise<T>
  /**
   * Queues a run. When the project has one already, an explicit request gets that one, and a scheduled one is kept to run
   * once more after it. The next fire time is stored in the same write. Null when the fire time was used up already.
   */
  enqueue: (key: string, request: RunRequest, fire?: FireTime) => Promise<Enqueued | null>
  /** Brings slaves up to date that are behind; null when the project is busy, and will tell them itself. */
  refresh: (key: string, slaveIds: readonly string[]) => Promise<Run | null>
  /** Stops a run, wherever it is; resolves when it has ended. @throws {RunNotFound} @throws {RunEnded} */
  stop: (runId: string) => Promise<Run>
  /** Stops what the project is doing, if anything; resolves when it has ended. */
  stopProject: (key: string) => Promise<void>
  /** The run with its newest progress. @throws {RunNotFound} */
  get: (runId: string) => Promise<Run>
  /** A run that is carried here and has not ended, for who has a part in it. */
  findActive: (runId: string) => ActiveRun | undefined
  /** Every run that has not ended, with its newest progress. */
  listActive: () => Run[]
  /** Those of them that are carried here. */
  listOwn: () => Run[]
  /** True for a run that another master carries, which must hear of it itself. */
  isElsewhere: (run: Run) => boolean
  /**
   * After a start: gives an end to the runs that an earlier process did not live to see the end of. Returns the keys of
   * their projects.
   */
  recover: () => Promise<string[]>
  /** Stops every run and resolves when all have ended; nothing is queued any more. */
  stopAll: () => Promise<void>
}

/** A request that no fire time can have used up. */
export async function enqueueNow(runs: Pick<Runs, 'enqueue'>, key: string, request: RunRequest): Promise<Enqueued> {
  const enqueued = await runs.enqueue(key, request)
  if (enqueued === null) throw new Error('Only a fire time can be used up')
  return enqueued
}

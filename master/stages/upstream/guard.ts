// How much one run of a project may delete, and how careful it is with partial files.

import type { Settings } from '../../../settings.ts'
import { checkOptions } from '../../../shared/rsync/options.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { entriesBefore, type Guard, judgeDeletes, type Refusal } from '../../../shared/trees/guard.ts'
import { countGone, type PathList } from '../../../shared/trees/path-list.ts'
import type { PullResult } from '../../../shared/trees/source.ts'
import { filledSourceOf } from '../../sources/sources.ts'
import type { AttemptRequest, UpstreamDeps } from './attempt.ts'

/** Of a folder that people fill, so many may go at once: a share of a few files is nothing. */
const A_FEW = 10

/** A tree that nobody is served needs no guard: what an upstream in motion takes back during the first sync may go. */
export function guardOf(
  { DELETE_GUARD_PERCENT }: Pick<Settings, 'DELETE_GUARD_PERCENT'>,
  { project, request }: Pick<AttemptRequest, 'project' | 'request'>,
  { isServed } = { isServed: true },
): Guard {
  const judged = filledSourceOf(project)?.guard ?? 'share'
  return {
    percent: judged === 'none' || !isServed ? 0 : percentOf({ DELETE_GUARD_PERCENT }, project),
    ...(judged === 'few' ? { few: A_FEW } : {}),
    maxDelete: checkOptions(project.rsync_options).maxDelete,
    force: request.force,
    from: 'upstream',
  }
}

/** The share of what there is that may go, in percent. */
export function percentOf(
  { DELETE_GUARD_PERCENT }: Pick<Settings, 'DELETE_GUARD_PERCENT'>,
  { delete_guard_percent }: Pick<StoredProject, 'delete_guard_percent'>,
): number {
  return delete_guard_percent ?? DELETE_GUARD_PERCENT
}

/** Why what a look has found must not be taken over; null when it may. */
export function judgeChanges(
  { settings }: Pick<UpstreamDeps, 'settings'>,
  attempt: Pick<AttemptRequest, 'project' | 'request'>,
  { changes, looked, isServed }: { changes: PathList; looked: PullResult; isServed: boolean },
): Refusal | null {
  const deletions = countGone(changes)
  const had = attempt.project.total_files ?? entriesBefore(looked.summary, deletions)
  return judgeDeletes({ had, deletions, sourceFiles: looked.sourceFiles }, guardOf(settings, attempt, { isServed }))
}

/**
 * Whether an attempt keeps partial files: the first syncs of a project, and those after anything went wrong, are the
 * long ones that get interrupted.
 */
export function keepsPartials(project: Pick<StoredProject, 'generation' | 'last_run'>, attempt: number): boolean {
  return project.generation === 0 || !endedSmoothly(project) || attempt > 1
}

/** Whether the last run left nothing half done on the master. */
export function endedSmoothly({ last_run }: Pick<StoredProject, 'last_run'>): boolean {
  return last_run?.state === 'succeeded' || last_run?.state === 'partial'
}

// How much one run of a project may delete.

import type { Settings } from '../../../settings.ts'
import { checkOptions } from '../../../shared/rsync/options.ts'
import type { Summary } from '../../../shared/schemas/run.ts'
import type { AttemptRequest } from './attempt.ts'
import { type DeleteLimit, deleteLimit, entriesBefore } from './passes.ts'

type Guarded = Pick<AttemptRequest, 'project' | 'request'>
type GuardSettings = Pick<Settings, 'DELETE_GUARD_PERCENT'>

/** What the run may delete, when `counted` deletions are wanted of a tree that has been looked over. */
export function limitOf(settings: GuardSettings, guarded: Guarded, looked: Summary, counted: number): DeleteLimit {
  const had = entriesBefore(guarded.project.total_files, looked, counted)
  return deleteLimit(had, guardPercentOf(settings, guarded), ownLimitOf(guarded))
}

export function isGuarded(settings: GuardSettings, guarded: Guarded): boolean {
  return !guarded.request.dryRun && (guardPercentOf(settings, guarded) > 0 || ownLimitOf(guarded) !== null)
}

function guardPercentOf(settings: GuardSettings, { project, request }: Guarded): number {
  return request.force ? 0 : (project.delete_guard_percent ?? settings.DELETE_GUARD_PERCENT)
}

/** The project's own `--max-delete`. */
function ownLimitOf({ project, request }: Guarded): number | null {
  return request.force ? null : checkOptions(project.rsync_options).maxDelete
}

// The one word for what a project is doing, or how its last run ended.

import type { ProjectView } from './project.ts'
import type { RunState } from './run.ts'

export type ProjectState = RunState | 'stuck' | 'disabled' | 'never_synced'

/** `active` is the state of the run that has not ended, undefined when there is none. */
export function stateOf(
  { stuck, enabled, last_run }: Pick<ProjectView, 'stuck' | 'enabled' | 'last_run'>,
  active: RunState | undefined,
): ProjectState {
  // No master leads a stuck project, so nobody starts the run that is queued.
  if (stuck !== null && (active === undefined || active === 'queued')) return 'stuck'
  if (active !== undefined) return active
  return enabled ? (last_run?.state ?? 'never_synced') : 'disabled'
}

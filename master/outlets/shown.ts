// What those outside are told of a project: its state, as tunasync names it. Pure.

import type { TunasyncStatus } from '../../shared/schemas/feed.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run, RunState } from '../../shared/schemas/run.ts'

/** A project, and what is made of it now. */
export interface Shown {
  project: StoredProject
  /** The run that brings something from the upstream now; null when there is none. */
  activity: Pick<Run, 'state' | 'started_at' | 'dry_run' | 'upstream'> | null
  /** Whether users are served what the last run brought. */
  served: boolean
}

const ENDS: Partial<Readonly<Record<RunState, TunasyncStatus>>> = {
  succeeded: 'success',
  partial: 'success',
  failed: 'failed',
  blocked: 'failed',
  interrupted: 'failed',
  stopped: 'paused',
}

export function tunasyncStatus({ project, activity, served }: Shown): TunasyncStatus {
  if (activity !== null) return activity.state === 'queued' ? 'pre-syncing' : 'syncing'
  if (!project.enabled) return 'disabled'
  const status = project.last_run === null ? 'none' : (ENDS[project.last_run.state] ?? 'none')
  return status === 'success' && !served ? 'failed' : status
}

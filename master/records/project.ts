// How a project's record changes with its runs: pure.

import type { SlaveAnchor, StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'
import { goesByInterval, hasSchedule, nextRunTime } from '../schedule/next-run-time.ts'
import { afterRun } from './reach.ts'
import { isWaitingSync } from './requests.ts'

/** A project with a new queued run; `number` is the number of the run. A real sync makes up for missed fire times. */
export function withQueuedRun(project: StoredProject, run: Run, number: number): StoredProject {
  return {
    ...project,
    runs_made: Math.max(project.runs_made, number),
    last_queued_at: run.queued_at,
    next_run_time: goesByInterval(project) ? null : project.next_run_time,
    active_runs: [...project.active_runs, run.run],
    due_again: project.due_again && (run.dry_run || !isWaitingSync(run)),
  }
}

/**
 * A project whose run has ended; `run` is null when only its id is known. A scheduled project whose sync was
 * interrupted runs again.
 */
export function withEndedRun(project: StoredProject, runId: string, run: Run | null): StoredProject {
  const isCutOff = run?.state === 'interrupted' && isRealSync(run)
  const ended = {
    ...project,
    due_again: project.due_again || (isCutOff && project.enabled && hasSchedule(project)),
    active_runs: project.active_runs.filter((one) => one !== runId),
    ...(run === null ? {} : afterRun(project, run)),
  }
  if (!goesByInterval(project)) return ended
  return { ...ended, next_run_time: nextRunTime(ended, Date.parse(run?.finished_at ?? project.created_at)) }
}

/** True for what is missed when it is cut off: not for a dry run, nor for a rollback or a refresh of slaves. */
export function isRealSync({ upstream, dry_run }: Run): boolean {
  return upstream.state !== 'skipped' && !dry_run
}

/** A project that fell due while it was busy runs once more afterwards; not when a waiting sync carries that. */
export function withDueAgain(project: StoredProject, dueAgain: boolean): StoredProject {
  return { ...project, due_again: dueAgain }
}

/** A project whose tree on the master is a new generation; `counted` is null when the sizes are unknown. */
export function withGeneration(
  project: StoredProject,
  { generation, tag }: Anchor,
  counted: { total_files: number; total_size: number } | null,
  pulledFrom: string,
): StoredProject {
  const { total_files = null, total_size = null } = counted ?? {}
  return { ...project, generation, tag, total_files, total_size, pulled_from: pulledFrom }
}

/** What the roots of the newest generation say of its end; undefined when they were not read, and are those of before. */
export function withExpiry(project: StoredProject, validUntil: string | null | undefined): StoredProject {
  return validUntil === undefined ? project : { ...project, valid_until: validUntil }
}

/** A project whose newest generation was made after this reading of the probe; null when there was none. */
export function withProbed(project: StoredProject, probed: StoredProject['probed']): StoredProject {
  return { ...project, probed: probed ?? null }
}

/**
 * A project with the generation that the fleet should serve from now on. The sequence number grows with every such
 * decision. One that is stored already, though the answer was lost, is not made again.
 */
export function withPublished(project: StoredProject, { generation, tag }: Anchor): StoredProject {
  if (project.published?.tag === tag) return project
  return { ...project, published: { generation, tag, sequence: (project.published?.sequence ?? 0) + 1 } }
}

/**
 * A project with the generation that a slave has completed; null when it has none. The drift of the last comparison is
 * kept until there is a newer one.
 */
export function withAnchor(
  project: StoredProject,
  slaveId: string,
  completed: (Anchor & Pick<SlaveAnchor, 'drift'>) | null,
): StoredProject {
  const { [slaveId]: before, ...others } = project.anchors
  if (completed === null) return { ...project, anchors: others }
  const { generation, tag, drift } = completed
  return { ...project, anchors: { ...others, [slaveId]: { generation, tag, drift: drift ?? before?.drift ?? null } } }
}

/**
 * True for a report that arrives after a newer one. A number above the project's own generation does not count as
 * newer: the project was restored to an earlier state.
 */
export function isLateReport(project: StoredProject, slaveId: string, generation: number): boolean {
  const known = project.anchors[slaveId]?.generation ?? 0
  return known > generation && project.generation >= known
}

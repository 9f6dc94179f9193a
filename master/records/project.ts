// How a project's record changes with its runs: pure.

import type { SlaveAnchor, StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'
import { afterRun } from './run.ts'

/** A project with a run that waits; `number` is the run's own. */
export function withQueuedRun(project: StoredProject, run: Run, number: number): StoredProject {
  return {
    ...project,
    runs_made: Math.max(project.runs_made, number),
    last_queued_at: run.queued_at,
    active_runs: [...project.active_runs, run.run],
  }
}

/** A project whose run has ended; null for a run of which nothing is known but its id. */
export function withEndedRun(project: StoredProject, runId: string, run: Run | null): StoredProject {
  return {
    ...project,
    active_runs: project.active_runs.filter((one) => one !== runId),
    ...(run === null ? {} : afterRun(project, run)),
  }
}

/** A project that fell due while it was busy: it runs once more, afterwards. */
export function withDueAgain(project: StoredProject, dueAgain = true): StoredProject {
  return { ...project, due_again: project.due_again || dueAgain }
}

/** A project whose tree on the master is a new generation. Sizes are null when they are not known. */
export function withGeneration(
  project: StoredProject,
  { generation, tag }: Anchor,
  counted: { total_files: number; total_size: number } | null,
): StoredProject {
  const { total_files = null, total_size = null } = counted ?? {}
  return { ...project, generation, tag, total_files, total_size }
}

/** A project that the fleet is to serve at a generation; the sequence grows with every such decision. */
export function withPublished(project: StoredProject, { generation, tag }: Anchor): StoredProject {
  return { ...project, published: { generation, tag, sequence: (project.published?.sequence ?? 0) + 1 } }
}

/**
 * A project with the generation that a slave has completed; null when it has none. The drift of the last comparison stays
 * until there is a newer one.
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
 * True for a report that comes after a newer one. A greater number that the project itself does not have (any more) is
 * not newer: the project has been restored to an earlier state.
 */
export function isLateReport(project: StoredProject, slaveId: string, generation: number): boolean {
  const known = project.anchors[slaveId]?.generation ?? 0
  return known > generation && project.generation >= known
}

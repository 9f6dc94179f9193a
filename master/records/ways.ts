// The upstreams of a project, and when a run goes on to the next of them: pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Outcome } from '../../shared/trees/source.ts'
import type { UpstreamOutcome } from './run.ts'

/** One way to fill a project's tree. `number` counts from 1, in the order of preference. */
export interface Way {
  number: number
  /** The project as if this were its only upstream. */
  project: StoredProject
}

/** Whether a run may go on to another upstream when one fails. */
export function hasSeveral({ upstreams }: Pick<StoredProject, 'upstreams'>): boolean {
  return (upstreams ?? []).length > 0
}

/** All ways, or the one that a request picks; none when there is no such. */
export function waysOf(project: StoredProject, picked: number | null): Way[] {
  const { upstreams } = project
  const all = [project, ...(upstreams ?? []).map((upstream) => ({ ...project, ...upstream }))]
  const ways = all.map((one, index) => ({ number: index + 1, project: one }))
  return picked === null ? ways : ways.filter(({ number }) => number === picked)
}

/** rsync's exit codes for a server that cannot be reached, is full, or fell silent (rsync(1), EXIT VALUES). */
const CONNECTION: readonly (number | null)[] = [5, 10, 12, 30, 35, null]
/** What a server says with one of these, it says again. */
const REFUSED: readonly (number | null)[] = [5, 10]

/**
 * Whether another upstream may do better: `next` when this one may later on, `refused` when it will not in this run, and
 * `here` when the fault is not the upstream's, or it has answered.
 */
export function judgeWay({
  outcome,
  exitCode,
}: {
  outcome: UpstreamOutcome | Outcome
  exitCode: number | null
}): 'here' | 'next' | 'refused' {
  if (outcome === 'retry' && CONNECTION.includes(exitCode)) return 'next'
  return outcome === 'permanent' && REFUSED.includes(exitCode) ? 'refused' : 'here'
}

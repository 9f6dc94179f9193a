// What the end of a run changes in its project: how it went, and whom it has reached. Pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { NOT_WHOLE } from './run.ts'

/** The fields of a project that the end of a run changes; none for a dry run. */
export function afterRun(project: StoredProject, run: Run): Partial<StoredProject> {
  if (run.dry_run) return {}
  const isSync = run.upstream.state !== 'skipped'
  if (!isSync && run.trigger !== 'rollback') return afterRefresh(project, run)
  const behind = run.slaves.filter(({ state }) => state !== 'succeeded').map(({ slave_id }) => slave_id)
  const told = run.slaves.length === 0 ? run.state === 'succeeded' : behind.length < run.slaves.length
  const reached = told || hadReached(project, run)
  const isServed = run.state === 'succeeded' || (run.state === 'partial' && reached)
  return {
    last_run: endOf(run),
    last_reach: { generation: run.generation, behind, reached },
    ...(isSync && isServed ? { last_success_at: run.finished_at } : {}),
    ...heldAfter(project, run),
  }
}

/** A run that ends for another reason says nothing of what is held. */
function heldAfter({ held = null }: StoredProject, run: Run): Partial<StoredProject> {
  if (run.error?.code === NOT_WHOLE) return { held: { run: run.run, problems: run.upstream.verify?.problems ?? [] } }
  return held !== null && run.upstream.state === 'succeeded' ? { held: null } : {}
}

/** Where nothing was new only the slaves that lagged were told: others may have the generation since the run that made it. */
function hadReached({ last_reach }: StoredProject, { upstream, generation }: Run): boolean {
  return upstream.state === 'unchanged' && last_reach?.generation === generation && last_reach.reached
}

/**
 * A refresh makes up for a partial run; it does not make up for a failed upstream stage, nor for a generation that was
 * not published. What users are served then is of the time of that run.
 */
function afterRefresh(project: StoredProject, run: Run): Partial<StoredProject> {
  const { last_run, last_reach } = project
  if (last_run?.state !== 'partial') return {}
  // Of a version that did not say whom the run had reached.
  if (last_reach === undefined) return run.state === 'succeeded' ? { last_run: endOf(run) } : {}
  if (run.generation !== last_reach.generation) return {}
  const now = run.slaves.filter(({ state }) => state === 'succeeded').map(({ slave_id }) => slave_id)
  const behind = last_reach.behind.filter((id) => !now.includes(id))
  const reached = last_reach.reached || now.length > 0
  const isFirst = reached && !last_reach.reached
  return {
    last_reach: { ...last_reach, behind, reached },
    ...(behind.length === 0 ? { last_run: endOf(run) } : {}),
    ...(isFirst && isNewest(project) ? { last_success_at: last_run.finished_at } : {}),
  }
}

/** False after a rollback. */
function isNewest({ generation, last_reach }: StoredProject): boolean {
  return last_reach?.generation === generation
}

/** True when what the last run brought is what users are served; `slaveIds` are those of the fleet. */
export function isServed(
  { anchors, last_run, last_reach }: Pick<StoredProject, 'anchors' | 'last_run' | 'last_reach'>,
  slaveIds: readonly string[],
): boolean {
  if (last_run?.state === 'partial' && last_reach?.reached === false) return false
  return slaveIds.length === 0 || slaveIds.some((id) => anchors[id] !== undefined)
}

function endOf({ run, state, finished_at }: Run): StoredProject['last_run'] {
  return { run, state, finished_at }
}

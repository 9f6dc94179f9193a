// Fills a folder that is served as it is: in passes, deletes last and guarded.

import type { Stages } from '../schemas/project.ts'
import { entriesBefore, type Guard, judgeDeletes, type Refusal } from './guard.ts'
import { deletePass, planPasses } from './passes.ts'
import { addResults, isOnlyObstructed, pullPasses } from './pull-passes.ts'
import { isSuccess, type PullResult, type TreePull, type TreeSource } from './source.ts'

export interface InPlaceFilling {
  source: TreeSource
  stages: Stages
  guard: Guard
  /** How many entries the tree has, its root counted too; null when that is not known. */
  had: number | null
  pull: Pick<TreePull, 'destination' | 'workFolder' | 'onChange' | 'keepPartials'>
}

/** How the folder was filled; `refusal` says why the deletions that it needs were not made. */
export interface FilledInPlace {
  result: PullResult
  refusal: Refusal | null
}

/**
 * The last pass only counts what it would delete. Nothing is deleted before everything that came is known to be right,
 * and then all of it, within the guard, or nothing.
 */
export async function fillInPlace({ source, stages, guard, had, pull }: InPlaceFilling): Promise<FilledInPlace> {
  const passes = planPasses(stages, guard.force ? 'unlimited' : { atMost: 0 })
  const counted = await pullPasses(source, passes, pull)
  if (!hasCounted(counted)) return { result: counted, refusal: null }
  const { skippedDeletions: deletions, skippedFolders, sourceFiles, summary } = counted
  const wanted = { had: had ?? entriesBefore(summary, deletions), deletions, sourceFiles }
  const refusal = judgeDeletes(wanted, guard)
  if (refusal !== null) return { result: counted, refusal }
  // Not more than was counted: what vanishes meanwhile is judged by the next run.
  const deletes = await source({ ...pull, ...deletePass(deletions + skippedFolders) })
  return { result: addResults(counted, deletes), refusal: null }
}

/** True for a counting pass that held deletions back, and found nothing else wrong. */
function hasCounted(result: PullResult): boolean {
  const { outcome, skippedDeletions } = result
  return skippedDeletions > 0 && (outcome === 'operator' || isSuccess(outcome) || isOnlyObstructed(result))
}

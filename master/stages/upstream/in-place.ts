// Fills a project's folder from its upstream in passes, deletes last and guarded.

import { isSuccess } from '../../../shared/rsync/exit-codes.ts'
import type { PullResult } from '../../../shared/rsync/pull.ts'
import type { Summary } from '../../../shared/schemas/run.ts'
import { addSummaries } from '../../records/summaries.ts'
import {
  type Attempt,
  blocked,
  failed,
  isGuarded,
  limitOf,
  type PassAround,
  runPass,
  succeeded,
  type UpstreamDeps,
  type UpstreamResult,
} from './pass.ts'
import { deletePass, planPasses } from './passes.ts'

/** Runs the passes into a folder. Nothing is deleted before all that came is known to be well. */
export async function runInPlace(deps: UpstreamDeps, attempt: Attempt, around: PassAround): Promise<UpstreamResult> {
  const { project, request } = attempt
  // A dry run looks at everything at once: there is nothing to keep in order.
  const passes = planPasses(
    request.dryRun ? 'single' : project.stages,
    isGuarded(deps, attempt) ? 'guarded' : 'at_once',
  )
  let total: Summary | null = null
  let last: PullResult | null = null
  for (const pass of passes) {
    last = await runPass(deps, attempt, pass, around)
    total = addSummaries(total, last.summary)
    const counted = last.outcome === 'operator' && last.skippedDeletions > 0
    if (!isSuccess(last.outcome) && !counted) return failed(last, total)
  }
  if (last === null || total === null) throw new Error('A stage has at least one pass')
  return last.skippedDeletions === 0 ? succeeded(last, total) : deleteOrBlock(deps, attempt, around, last, total)
}

/** The counting pass held deletions back: makes them all, or none. */
async function deleteOrBlock(
  deps: UpstreamDeps,
  attempt: Attempt,
  around: PassAround,
  counted: PullResult,
  total: Summary,
): Promise<UpstreamResult> {
  const limit = limitOf(deps, attempt, counted.summary, counted.skippedDeletions)
  if (counted.skippedDeletions > limit.entries) return blocked(total, counted.skippedDeletions, limit.says)
  const deletes = await runPass(deps, attempt, deletePass(limit.entries), around)
  const sum = addSummaries(total, deletes.summary)
  return isSuccess(deletes.outcome) ? succeeded(deletes, sum) : failed(deletes, sum)
}

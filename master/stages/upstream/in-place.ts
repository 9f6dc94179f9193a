// Fills a project's folder from its upstream in passes, deletes last and guarded.

import type { Settings } from '../../../settings.ts'
import { isSuccess, type PullResult, type TreePull } from '../../../shared/trees/source.ts'
import { type Attempt, addResults, blocked, failed, pullInPasses, succeeded, type UpstreamResult } from './attempt.ts'
import { isGuarded, limitOf } from './guard.ts'
import { deletePass, keepsPartials, planPasses } from './passes.ts'

type Place = Pick<TreePull, 'destination' | 'workFolder' | 'onChange'>

/** How the folder was filled. `allTold`: everything that changed was told to `onChange`. */
export interface InPlaceResult {
  result: UpstreamResult
  allTold: boolean
}

/** Runs the passes into a folder. Nothing is deleted before all that came is known to be right. */
export async function runInPlace(settings: Settings, attempt: Attempt, place: Place): Promise<InPlaceResult> {
  const { project, request, source } = attempt
  const rule = isGuarded(settings, attempt) ? 'guarded' : 'at_once'
  // A dry run looks at everything at once: there is nothing to keep in order.
  const passes = planPasses(request.dryRun ? 'single' : project.stages, rule)
  const keepPartials = keepsPartials(project, attempt.number)
  const around = { ...place, keepPartials, dryRun: request.dryRun }
  const pulled = await pullInPasses(source, passes, around)
  return hasCounted(pulled) ? deleteOrBlock(settings, attempt, around, pulled) : ended(pulled)
}

function ended(pulled: PullResult): InPlaceResult {
  return { result: isSuccess(pulled.outcome) ? succeeded(pulled) : failed(pulled), allTold: pulled.toldEverything }
}

/** True for a counting pass that held deletions back. */
function hasCounted({ outcome, skippedDeletions }: PullResult): boolean {
  return skippedDeletions > 0 && (outcome === 'operator' || isSuccess(outcome))
}

/** Makes all deletions that the counting pass held back, or none. */
async function deleteOrBlock(
  settings: Settings,
  attempt: Attempt,
  around: Omit<TreePull, 'deletes'>,
  counted: PullResult,
): Promise<InPlaceResult> {
  const { skippedDeletions, summary, toldEverything: allTold } = counted
  const limit = limitOf(settings, attempt, summary, skippedDeletions)
  if (skippedDeletions > limit.entries) return { result: blocked(summary, skippedDeletions, limit.says), allTold }
  const deletes = await attempt.source({ ...around, ...deletePass(limit.entries) })
  return ended(addResults(counted, deletes))
}

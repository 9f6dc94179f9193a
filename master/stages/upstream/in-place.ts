// Fills a project's folder from its upstream, where it is served.

import type { Settings } from '../../../settings.ts'
import { fillInPlace } from '../../../shared/trees/fill-in-place.ts'
import { isSuccess, type TreePull } from '../../../shared/trees/source.ts'
import { stagesOf } from '../../layouts/layouts.ts'
import { filledSourceOf } from '../../sources/sources.ts'
import { type Attempt, blocked, failed, succeeded, type UpstreamResult } from './attempt.ts'
import { guardOf, keepsPartials } from './guard.ts'

/** How the folder was filled. `allTold`: everything that changed was told to `onChange`. */
export interface InPlaceResult {
  result: UpstreamResult
  allTold: boolean
}

/** The folder to fill. */
interface InPlace extends Pick<TreePull, 'destination' | 'workFolder' | 'onChange'> {
  isServed: boolean
  /** Where names may be written for the source. */
  namesFile: string
}

export async function runInPlace(
  settings: Pick<Settings, 'DELETE_GUARD_PERCENT'>,
  attempt: Attempt,
  { isServed, namesFile, ...place }: InPlace,
): Promise<InPlaceResult> {
  const { project, source } = attempt
  const pull = { ...place, keepPartials: keepsPartials(project, attempt.number) }
  // A dry run looks at everything at once: there is nothing to keep in order.
  const { result, refusal } = attempt.request.dryRun
    ? { result: await source({ ...pull, deletes: 'unlimited', dryRun: true }), refusal: null }
    : await fillInPlace({
        source,
        stages: stagesOf(project),
        guard: guardOf(settings, attempt, { isServed }),
        mayBePartial: filledSourceOf(project)?.mayBePartial ?? (project.tolerated_exit_codes ?? []).length > 0,
        had: project.total_files,
        pull,
        namesFile,
        signal: attempt.tools.signal,
      })
  const allTold = result.toldEverything
  if (refusal !== null) return { result: blocked(result.summary, refusal), allTold }
  return { result: isSuccess(result.outcome) ? succeeded(result) : failed(result), allTold }
}

// Makes several pulls that belong together, and adds up what they did.

import type { Summary } from '../schemas/run.ts'
import type { Pass } from './passes.ts'
import { isSuccess, type PullResult, type TreePull, type TreeSource } from './source.ts'

/** Makes passes until one fails. Returns the result of the last one that was made, with the counts of all. */
export async function pullPasses(
  source: TreeSource,
  passes: readonly Pass[],
  around: Omit<TreePull, 'deletes' | 'filters' | 'name'>,
): Promise<PullResult> {
  let all: PullResult | null = null
  for (const pass of passes) {
    const result: PullResult = await source({ ...around, ...pass })
    all = all === null ? result : addResults(all, result)
    if (!isSuccess(result.outcome)) break
  }
  if (all === null) throw new Error('There is at least one pass')
  return all
}

/** The result of the last of several pulls, with the counts of all. What was noted before stays noted. */
export function addResults(before: PullResult, last: PullResult): PullResult {
  const { outcome, exitCode, error } = before.outcome === 'noted' && last.outcome === 'success' ? before : last
  return {
    ...last,
    outcome,
    exitCode,
    error,
    summary: addSummaries(before.summary, last.summary),
    obstructed: before.obstructed + last.obstructed,
    tolerated: before.tolerated || last.tolerated,
    changedNothing: before.changedNothing && last.changedNothing,
    toldEverything: before.toldEverything && last.toldEverything,
  }
}

/** The counts of several pulls together; the totals are the last one's, where it came as far as to count. */
export function addSummaries(before: Summary | null, next: Summary): Summary {
  if (before === null) return next
  return {
    added: before.added + next.added,
    modified: before.modified + next.modified,
    deleted: before.deleted + next.deleted,
    errors: before.errors + next.errors,
    bytes_transferred: before.bytes_transferred + next.bytes_transferred,
    total_files: next.total_files || before.total_files,
    total_size: next.total_size || before.total_size,
  }
}

// Pulls the names of a list in the order of a project's stages.

import type { Stages } from '../schemas/project.ts'
import { splitByFilters } from './name-filter.ts'
import { firstPassFilters } from './passes.ts'
import type { PathList } from './path-list.ts'
import { addResults } from './pull-passes.ts'
import { isSuccess, nothingToPull, type PullResult, type TreePull, type TreeSource } from './source.ts'

export interface ListedPull {
  stages: Stages
  list: { names: PathList; file: string }
  /**
   * Whether what else is in the root of the tree may come along. Only so the root gets its time again when something in it
   * has changed.
   */
  withRoot: boolean
}

/**
 * What the indices name comes first, then the rest, and the root last. The list itself is split: rsync rejects a name of a
 * list that a filter of the same call hides (code 4).
 */
export async function pullListed(
  source: TreeSource,
  { stages, list, withRoot }: ListedPull,
  around: Omit<TreePull, 'list' | 'filters' | 'name'>,
): Promise<PullResult> {
  let all: PullResult | null = null
  for (const names of planLists(stages, list.names, withRoot)) {
    const result: PullResult = await source({ ...around, list: { names, file: list.file } })
    all = all === null ? result : addResults(all, result)
    if (!isSuccess(result.outcome)) break
  }
  return all ?? nothingToPull()
}

/** The lists, in order; none is empty. */
export function planLists(stages: Stages, names: PathList, withRoot: boolean): PathList[] {
  const inner = new Map([...names].filter(([name]) => name !== '.'))
  const lists = splitByFilters(inner, firstPassFilters(stages)).filter((part) => part.size > 0)
  const touchesRoot = names.has('.') || [...inner.keys()].some((name) => !name.includes('/'))
  const last = lists.pop() ?? new Map()
  const whole: PathList = withRoot && touchesRoot ? new Map([...last, ['.', 'folder']]) : last
  return whole.size === 0 ? lists : [...lists, whole]
}

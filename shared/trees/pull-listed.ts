// Pulls the names of a list in the order of a project's stages.

import type { Stages } from '../schemas/project-parts.ts'
import { splitByFilters } from './name-filter.ts'
import { firstPassFilters } from './passes.ts'
import type { PathList } from './path-list.ts'
import { addResults } from './pull-passes.ts'
import { isSuccess, nothingToPull, type PullResult, type TreePull, type TreeSource } from './source.ts'

export interface ListedPull {
  stages: Stages
  list: { names: PathList; file: string }
  /**
   * Whether the root is in the last list, and what else is in it may come along: from a node of ours, whose tree stands still.
   * Else `pullRoot` gives the root its time.
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

/**
 * Gives the root of the tree its time and mode, and brings nothing else. A list that holds the root would bring all that is in it,
 * looked at or not: from an upstream in motion also what nobody is told of.
 */
export function pullRoot(
  source: TreeSource,
  file: string,
  around: Omit<TreePull, 'list' | 'filters' | 'name'>,
): Promise<PullResult> {
  const list = { names: new Map([['.', 'folder' as const]]), file }
  return source({ ...around, name: 'time of the root', filters: [{ exclude: '/*' }], list })
}

/** From an upstream in motion: only what was looked at comes, and the root gets its time by itself. */
export async function pullListedAndRoot(
  source: TreeSource,
  listed: Omit<ListedPull, 'withRoot'>,
  around: Omit<TreePull, 'list' | 'filters' | 'name'>,
): Promise<PullResult> {
  const result = await pullListed(source, { ...listed, withRoot: false }, around)
  const { names, file } = listed.list
  if (!isSuccess(result.outcome) || !touchesRoot(names)) return result
  return addResults(result, await pullRoot(source, file, around))
}

/** True when the root gets another time: something in it changes. */
export function touchesRoot(names: PathList): boolean {
  return [...names.keys()].some((name) => !name.includes('/'))
}

/** The lists, in order; none is empty. The last one has all names, as the last pass has: hard links may lead from one to the other. */
export function planLists(stages: Stages, names: PathList, withRoot: boolean): PathList[] {
  const inner = new Map([...names].filter(([name]) => name !== '.'))
  const [first, rest] = splitByFilters(inner, firstPassFilters(stages))
  const lists = first.size > 0 && rest.size > 0 ? [first] : []
  const whole: PathList = withRoot && touchesRoot(names) ? new Map([...inner, ['.', 'folder']]) : inner
  return whole.size === 0 ? lists : [...lists, whole]
}

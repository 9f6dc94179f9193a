// Fills a folder that is served as it is: in passes, deletes last and guarded.

import type { Stages } from '../schemas/project-parts.ts'
import { learnChanges } from './compare.ts'
import { entriesBefore, type Guard, judgeDeletes, type Refusal } from './guard.ts'
import { createLook } from './look.ts'
import { makeWay } from './make-way.ts'
import { splitByFilters } from './name-filter.ts'
import { deletePass, planPasses } from './passes.ts'
import { countGone, type EntryKind, type PathList, parentOf } from './path-list.ts'
import { pullListed } from './pull-listed.ts'
import { addResults, pullPasses } from './pull-passes.ts'
import { isSuccess, type NameFilter, type PullResult, type TreePull, type TreeSource } from './source.ts'

export interface InPlaceFilling {
  source: TreeSource
  stages: Stages
  guard: Guard
  /** Whether the source may tell of a part of its tree only, and succeed. */
  mayBePartial: boolean
  /** How many entries the tree has, its root counted too; null when that is not known. */
  had: number | null
  pull: Pick<TreePull, 'destination' | 'workFolder' | 'onChange' | 'keepPartials'>
  /** Where names may be written for the source. Absolute. */
  namesFile: string
  /** Filters of what stays as it is when the deletions are refused; else only what is in the way does. */
  later?: readonly NameFilter[]
  /** When it aborts, nothing may be changed any more. */
  signal: AbortSignal
}

/** How the folder was filled; `refusal` says why the deletions that it needs were not made. */
export interface FilledInPlace {
  result: PullResult
  refusal: Refusal | null
}

/**
 * Nothing is deleted before everything that came is known to be right, and then all of it, within the guard, or nothing. The
 * one exception is a folder with content in the way of a file, for which everything is looked at and judged before.
 */
export async function fillInPlace(filling: InPlaceFilling): Promise<FilledInPlace> {
  const first = await fill(filling)
  if (first.result.obstructed === 0 || first.refusal !== null) return first
  const cleared = await clearObstacles(filling)
  // The rsync that was ended may have changed what it did not come to tell.
  if (cleared.refusal !== null || !isSuccess(cleared.result.outcome))
    return { ...cleared, result: addResults(first.result, cleared.result) }
  const { result, refusal } = await fill(filling)
  const { summary, ...all } = addResults(first.result, result)
  return { result: { ...all, summary: { ...summary, deleted: summary.deleted + cleared.deleted } }, refusal }
}

/** The last pass only counts what it would delete. Of a source that told a part of its tree, nothing is known to be gone. */
async function fill({ source, stages, guard, mayBePartial, had, pull }: InPlaceFilling): Promise<FilledInPlace> {
  const passes = planPasses(stages, guard.force && !mayBePartial ? 'unlimited' : { atMost: 0 })
  const counted = await pullPasses(source, passes, pull)
  const { outcome, skippedDeletions: deletions, skippedFolders, sourceFiles, summary, obstructed, tolerated } = counted
  const hasCounted = deletions > 0 && obstructed === 0 && !tolerated && (outcome === 'operator' || isSuccess(outcome))
  if (!hasCounted) return { result: counted, refusal: null }
  const wanted = { had: had ?? entriesBefore(summary, deletions), deletions, sourceFiles }
  const refusal = judgeDeletes(wanted, guard)
  if (refusal !== null) return { result: counted, refusal }
  // Not more than was counted: what vanishes meanwhile is judged by the next run.
  const deletes = await source({ ...pull, ...deletePass(deletions + skippedFolders) })
  return { result: addResults(counted, deletes), refusal: null }
}

/**
 * Takes the folders away that are in the way of files. rsync does not: with hard links among them it even ends with a
 * protocol error (3.5.0).
 */
export async function clearObstacles(filling: InPlaceFilling): Promise<FilledInPlace & { deleted: number }> {
  const { source, guard, had, pull, signal } = filling
  const { result, changes } = await learnChanges(source, pull.destination)
  if (changes === null) return { result, refusal: null, deleted: 0 }
  const deletions = countGone(changes)
  const wanted = { had: had ?? entriesBefore(result.summary, deletions), deletions, sourceFiles: result.sourceFiles }
  const refusal = judgeDeletes(wanted, guard)
  const obstacles = obstaclesOf(changes, pull.destination)
  if (refusal !== null) return { result: await pullRest(filling, changes, obstacles), refusal, deleted: 0 }
  await makeWay(pull.destination, obstacles, 'as_listed', signal)
  return { result, refusal, deleted: countGone(obstacles) }
}

/**
 * Pulls what nothing is in the way of. When rsync was ended, it may have taken a link away for a file that had not come yet, and
 * the tree is served like this until somebody has looked.
 */
async function pullRest(
  { source, stages, pull, namesFile, later = [] }: InPlaceFilling,
  changes: PathList,
  obstacles: PathList,
): Promise<PullResult> {
  const isBelow = (name: string): boolean => {
    const parent = parentOf(name)
    return parent !== '.' && (obstacles.has(parent) || isBelow(parent))
  }
  const isFree = ([name, kind]: [string, EntryKind]) => kind !== 'gone' && !obstacles.has(name) && !isBelow(name)
  const [names] = splitByFilters(new Map([...changes].filter(isFree)), later)
  return pullListed(
    source,
    { stages, list: { names, file: namesFile }, withRoot: false },
    { ...pull, deletes: 'never' },
  )
}

/** The folders that become something else, with what is gone below them. */
function obstaclesOf(changes: PathList, folder: string): PathList {
  const look = createLook(folder)
  const obstacles = [...changes].filter(([name, kind]) => kind === 'file' && look.kindOf(name) === 'folder')
  const tops = obstacles.map(([name]) => `${name}/`)
  const inner = [...changes].filter(([name, kind]) => kind === 'gone' && tops.some((top) => name.startsWith(top)))
  return new Map([...obstacles, ...inner])
}

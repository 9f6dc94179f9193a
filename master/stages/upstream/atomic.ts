// Fills the tree that is not served from the upstream, at the cost of what changed; the served one stays as it is.

import { mkdir } from 'node:fs/promises'
import { createCloner } from '../../../shared/trees/clone.ts'
import { learnChanges } from '../../../shared/trees/compare.ts'
import { type FilledTree, fillIdleTree, finishIdleTree, type IdlePull } from '../../../shared/trees/fill-idle.ts'
import type { PathList } from '../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { isSuccess, type PullResult } from '../../../shared/trees/source.ts'
import type { Slot } from '../../../shared/trees/tree-record.ts'
import { makeWorkFolder } from '../../../shared/trees/work-folder.ts'
import {
  type Attempt,
  blocked,
  failed,
  pullInPasses,
  succeeded,
  type UpstreamDeps,
  type UpstreamResult,
} from './attempt.ts'
import { limitOf } from './guard.ts'
import { runInPlace } from './in-place.ts'
import { keepsPartials, planPasses } from './passes.ts'

/**
 * rsync compares each name that an upstream sends with each that was asked for; with more than this many a second walk
 * over the tree is faster.
 */
const MOST_LISTED = 2_000

/** How the tree was filled. `changes` are the names that changed since the generation before; null when not known. */
export interface AtomicResult {
  result: UpstreamResult
  changes: PathList | null
}

/**
 * Looks first, with a dry run against the served tree: what has changed, and whether the delete guard lets it through.
 * Then pulls only that into the idle tree.
 */
export async function runAtomic(deps: UpstreamDeps, attempt: Attempt, tree: ProjectTree): Promise<AtomicResult> {
  const { request, source, target } = attempt
  if (!request.dryRun) await tree.convert('atomic')
  const live = tree.live()
  if (live === null) return fillFirst(deps, attempt, tree)
  const { result, changes } = await learnChanges(source, tree.folderOf(live))
  if (changes === null) return unchanged(failed(result))
  if (request.dryRun) return unchanged(succeeded(result))
  const { deleted } = result.summary
  const limit = limitOf(deps.settings, attempt, result.summary, deleted)
  if (deleted > limit.entries) return unchanged(blocked(result.summary, deleted, limit.says))
  if (changes.size === 0) {
    await tree.holdAlso(live, target)
    return unchanged(succeeded(result))
  }
  return fillNext(deps, attempt, { tree, live, looked: result, changes })
}

/** Nothing that could be published has changed. */
function unchanged(result: UpstreamResult): AtomicResult {
  return { result, changes: new Map() }
}

/** Nothing is served yet, so there is nothing to spare: the tree is filled as a plain one is. */
async function fillFirst(deps: UpstreamDeps, attempt: Attempt, tree: ProjectTree): Promise<AtomicResult> {
  const destination = tree.folderOf('a')
  const { dryRun } = attempt.request
  if (!dryRun) {
    await makeWorkFolder(tree.workFolder)
    await mkdir(destination, { recursive: true })
    await tree.hold('a', null, { difference: 'unknown' })
  }
  const { result } = await runInPlace(deps.settings, attempt, { destination, workFolder: tree.workFolder })
  if (result.code === null && !dryRun) await tree.hold('a', attempt.target)
  // There is no list: every slave gets the first generation whole.
  return { result, changes: null }
}

interface Looked {
  tree: ProjectTree
  live: Slot
  looked: PullResult
  changes: PathList
}

async function fillNext(
  { children, home }: UpstreamDeps,
  attempt: Attempt,
  { tree, live, looked, changes }: Looked,
): Promise<AtomicResult> {
  const { project, signal, log, target } = attempt
  const { tag: before } = project
  // Else a generation that nobody serves lies between: the next one differs from it in what it changed, too.
  const isNext = before !== null && tree.slotWith(before) === live
  const filled = await fillIdleTree({
    tree,
    live,
    changes,
    pull: (pull) => pullPasses(attempt, pull),
    clone: createCloner({ children, home, signal }),
    mostListed: MOST_LISTED,
    onVanished: () => log.writeLine('[names vanished upstream meanwhile; comparing everything again]'),
  })
  const result = addTraffic(looked, filled.result)
  if (!isSuccess(result.outcome)) return unchanged(failed(result))
  await finishIdleTree(tree, filled, target)
  return { result: succeeded(result), changes: changesSince(filled, isNext) }
}

/** In the upstream's order: what indexes other files comes after them. */
function pullPasses({ source, project, number }: Attempt, pull: IdlePull): Promise<PullResult> {
  const around = { ...pull, keepPartials: keepsPartials(project, number) }
  return pullInPasses(source, planPasses(project.stages, 'at_once'), around)
}

/** The look counted what changed, the pull what came. */
function addTraffic(looked: PullResult, pulled: PullResult): PullResult {
  const bytes = looked.summary.bytes_transferred + pulled.summary.bytes_transferred
  return { ...pulled, summary: { ...looked.summary, bytes_transferred: bytes } }
}

function changesSince({ earlier, differences }: FilledTree, isNext: boolean): PathList | null {
  if (differences === null) return null
  return isNext ? differences : new Map([...earlier, ...differences])
}

// Fills the tree that is not served from the upstream, at the cost of what changed; the served one stays as it is.

import { mkdir } from 'node:fs/promises'
import { isSuccess } from '../../../shared/rsync/exit-codes.ts'
import type { PullResult } from '../../../shared/rsync/pull.ts'
import type { Summary } from '../../../shared/schemas/run.ts'
import { addChange, learnChanges } from '../../../shared/trees/compare.ts'
import {
  createCloner,
  findDifferences,
  finishIdleTree,
  type IdleTree,
  prepareIdleTree,
} from '../../../shared/trees/idle-tree.ts'
import type { PathList } from '../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import type { Slot } from '../../../shared/trees/tree-record.ts'
import { makeWorkFolder } from '../../../shared/trees/work-folder.ts'
import { addSummaries } from '../../records/summaries.ts'
import { runInPlace } from './in-place.ts'
import {
  type Attempt,
  blocked,
  failed,
  limitOf,
  type PassAround,
  runPass,
  succeeded,
  type UpstreamDeps,
  type UpstreamResult,
} from './pass.ts'
import { planPasses } from './passes.ts'

/**
 * rsync compares each name that an upstream sends with each that was asked for; with more than this many a second walk
 * over the tree is faster.
 */
const MOST_LISTED = 2_000
const LOOK = { name: 'what has changed upstream', filters: [], deletes: 'unlimited' } as const

/**
 * Looks first, with a dry run against the served tree: what has changed, and whether the delete guard lets it through.
 * Then pulls only that into the idle tree, linking what the served one has.
 */
export async function runAtomic(deps: UpstreamDeps, attempt: Attempt, tree: ProjectTree): Promise<UpstreamResult> {
  if (!attempt.request.dryRun) await tree.convert('atomic')
  const live = tree.live()
  if (live === null) return fillFirst(deps, attempt, tree)
  const looked = await learnChanges(
    (destination, onChange) => runPass(deps, attempt, LOOK, { destination, dryRun: true, onChange }),
    tree.folderOf(live),
  )
  const { result, changes } = looked
  if (changes === null) return failed(result, result.summary)
  if (attempt.request.dryRun) return succeeded(result, result.summary)
  const limit = limitOf(deps, attempt, result.summary, result.summary.deleted)
  if (result.summary.deleted > limit.entries) return blocked(result.summary, result.summary.deleted, limit.says)
  if (changes.size === 0) {
    await tree.holdAlso(live, attempt.target)
    return succeeded(result, result.summary)
  }
  return fillIdle(deps, attempt, { tree, live, looked: result, changes })
}

/** Nothing is served yet, so that there is nothing to spare: the tree is filled as a plain one is. */
async function fillFirst(deps: UpstreamDeps, attempt: Attempt, tree: ProjectTree): Promise<UpstreamResult> {
  const destination = tree.folderOf('a')
  if (!attempt.request.dryRun) {
    await makeWorkFolder(tree.workFolder)
    await mkdir(destination, { recursive: true })
    await tree.hold('a', null, { difference: 'unknown' })
  }
  const result = await runInPlace(deps, attempt, { destination, workFolder: tree.workFolder })
  // There is no list: every slave gets the first generation whole.
  attempt.onDoubt()
  if (result.code === null && !attempt.request.dryRun) await tree.hold('a', attempt.target)
  return result
}

interface Found {
  tree: ProjectTree
  live: Slot
  looked: PullResult
  changes: PathList
}

async function fillIdle(
  deps: UpstreamDeps,
  attempt: Attempt,
  { tree, live, looked, changes }: Found,
): Promise<UpstreamResult> {
  const { children, home } = deps
  const { tag: before } = attempt.project
  // Else a generation that nobody serves lies between: the next one differs from it in what was to be made good, too.
  const isNext = before !== null && tree.slotWith(before) === live
  const idle = await prepareIdleTree(tree, live, changes, createCloner({ children, home, signal: attempt.signal }))
  const { last, bytes, isWhole } = await runListedPasses(deps, attempt, tree, idle, changes)
  const summary = { ...looked.summary, bytes_transferred: looked.summary.bytes_transferred + bytes }
  if (!isSuccess(last.outcome)) return failed(last, summary)
  const others = [...idle.names.keys()].filter((name) => !changes.has(name))
  const all = new Map([...changes, ...(await findDifferences(idle, others))])
  attempt.recorder?.addList(isNext ? all : new Map([...idle.names, ...all]))
  await finishIdleTree(tree, idle, attempt.target, isWhole ? all : null)
  return succeeded(last, summary)
}

/**
 * The upstream's order of passes, for the names that changed; or a walk over all of it, when they are many, or when some
 * are said to have vanished meanwhile. What a walk finds besides is added to `changes`.
 */
async function runListedPasses(
  deps: UpstreamDeps,
  attempt: Attempt,
  tree: ProjectTree,
  idle: IdleTree,
  changes: PathList,
): Promise<{ last: PullResult; bytes: number; isWhole: boolean }> {
  const around: PassAround = { destination: idle.folder, linkDest: idle.liveFolder, workFolder: tree.workFolder }
  const list = { trusted: false, names: idle.names, file: idle.namesFile }
  if (idle.names.size <= MOST_LISTED) {
    const listed = await runPasses(deps, attempt, { ...around, list })
    if (listed.last.vanished === 0) return { ...listed, isWhole: true }
    attempt.log.writeLine('[names vanished upstream meanwhile; looking at everything again]')
  }
  let isWhole = true
  const walked = await runPasses(deps, attempt, {
    ...around,
    onChange: (change) => {
      if (change !== null) return addChange(changes, change)
      isWhole = false
      attempt.onDoubt()
    },
  })
  return { ...walked, isWhole }
}

async function runPasses(
  deps: UpstreamDeps,
  attempt: Attempt,
  around: PassAround,
): Promise<{ last: PullResult; bytes: number }> {
  let total: Summary | null = null
  let last: PullResult | null = null
  for (const pass of planPasses(attempt.project.stages, 'at_once')) {
    last = await runPass(deps, attempt, pass, around)
    total = addSummaries(total, last.summary)
    if (!isSuccess(last.outcome)) break
  }
  if (last === null || total === null) throw new Error('A stage has at least one pass')
  return { last, bytes: total.bytes_transferred }
}

// Fills the tree that is not served from the upstream, at the cost of what changed; the served one stays as it is.

import { mkdir } from 'node:fs/promises'
import { endedWell } from '../../../shared/rsync/exit-codes.ts'
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
  blocked,
  failed,
  limitOf,
  type PassAround,
  runPass,
  succeeded,
  type UpstreamResult,
  type UpstreamStageDeps,
  type UpstreamStageRequest,
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
export async function runAtomic(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
  tree: ProjectTree,
): Promise<UpstreamResult> {
  if (!request.wish.dryRun) await tree.convert('atomic')
  const live = tree.live()
  if (live === null) return fillFirst(deps, request, tree)
  const looked = await learnChanges(
    (destination, onChange) => runPass(deps, request, LOOK, { destination, dryRun: true, onChange }),
    tree.folderOf(live),
  )
  const { result, changes } = looked
  if (changes === null) return failed(result, result.summary)
  if (request.wish.dryRun) return succeeded(result, result.summary)
  const limit = limitOf(deps, request, result.summary, result.summary.deleted)
  if (result.summary.deleted > limit.entries) return blocked(result.summary, result.summary.deleted, limit.says)
  if (changes.size === 0) {
    await tree.holdAlso(live, request.target)
    return succeeded(result, result.summary)
  }
  return fillIdle(deps, request, { tree, live, looked: result, changes })
}

/** Nothing is served yet, so that there is nothing to spare: the tree is filled as a plain one is. */
async function fillFirst(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
  tree: ProjectTree,
): Promise<UpstreamResult> {
  const destination = tree.folderOf('a')
  if (!request.wish.dryRun) {
    await makeWorkFolder(tree.workFolder)
    await mkdir(destination, { recursive: true })
    await tree.hold('a', null, { difference: 'unknown' })
  }
  const result = await runInPlace(deps, request, { destination, workFolder: tree.workFolder })
  // There is no list: every slave gets the first generation whole.
  request.onDoubt()
  if (result.code === null && !request.wish.dryRun) await tree.hold('a', request.target)
  return result
}

interface Found {
  tree: ProjectTree
  live: Slot
  looked: PullResult
  changes: PathList
}

async function fillIdle(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
  { tree, live, looked, changes }: Found,
): Promise<UpstreamResult> {
  const { children, home } = deps
  const { tag: before } = request.project
  // Else a generation that nobody serves lies between: the next one differs from it in what was to be made good, too.
  const isNext = before !== null && tree.slotWith(before) === live
  const idle = await prepareIdleTree(tree, live, changes, createCloner({ children, home, signal: request.signal }))
  const { last, bytes, isWhole } = await runListedPasses(deps, request, tree, idle, changes)
  const summary = { ...looked.summary, bytes_transferred: looked.summary.bytes_transferred + bytes }
  if (!endedWell(last.outcome)) return failed(last, summary)
  const others = [...idle.names.keys()].filter((name) => !changes.has(name))
  const all = new Map([...changes, ...(await findDifferences(idle, others))])
  request.recorder?.addList(isNext ? all : new Map([...idle.names, ...all]))
  await finishIdleTree(tree, idle, request.target, isWhole ? all : null)
  return succeeded(last, summary)
}

/**
 * The upstream's order of passes, for the names that changed; or a walk over all of it, when they are many, or when some
 * are said to have vanished meanwhile. What a walk finds besides is added to `changes`.
 */
async function runListedPasses(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
  tree: ProjectTree,
  idle: IdleTree,
  changes: PathList,
): Promise<{ last: PullResult; bytes: number; isWhole: boolean }> {
  const around: PassAround = { destination: idle.folder, linkDest: idle.liveFolder, workFolder: tree.workFolder }
  const list = { trusted: false, names: idle.names, file: idle.namesFile }
  if (idle.names.size <= MOST_LISTED) {
    const listed = await runPasses(deps, request, { ...around, list })
    if (listed.last.vanished === 0) return { ...listed, isWhole: true }
    request.log.writeLine('[names vanished upstream meanwhile; looking at everything again]')
  }
  let isWhole = true
  const walked = await runPasses(deps, request, {
    ...around,
    onChange: (change) => {
      if (change !== null) return addChange(changes, change)
      isWhole = false
      request.onDoubt()
    },
  })
  return { ...walked, isWhole }
}

async function runPasses(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
  around: PassAround,
): Promise<{ last: PullResult; bytes: number }> {
  let total: Summary | null = null
  let last: PullResult | null = null
  for (const pass of planPasses(request.project.stages, 'at_once')) {
    last = await runPass(deps, request, pass, around)
    total = addSummaries(total, last.summary)
    if (!endedWell(last.outcome)) break
  }
  if (last === null || total === null) throw new Error('A stage has at least one pass')
  return { last, bytes: total.bytes_transferred }
}

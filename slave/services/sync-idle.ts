// Fills the tree that is not served with a generation, so that it can be published in one step.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { KEPT_BY_DEFAULT } from '../../shared/schemas/project-parts.ts'
import { countDifferences, learnChanges } from '../../shared/trees/compare.ts'
import { countChanges } from '../../shared/trees/differences.ts'
import { type FilledTree, fillIdleTree, finishIdleTree } from '../../shared/trees/fill-idle.ts'
import { fillInPlace } from '../../shared/trees/fill-in-place.ts'
import { entriesBefore, judgeDeletes } from '../../shared/trees/guard.ts'
import { sizeReplaced } from '../../shared/trees/look.ts'
import { countGone, type PathList } from '../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import { pullListed } from '../../shared/trees/pull-listed.ts'
import { isListAtFault, isSuccess, type PullResult } from '../../shared/trees/source.ts'
import type { Slot } from '../../shared/trees/tree-record.ts'
import { makeWorkFolder } from '../../shared/trees/work-folder.ts'
import { type TreeSync, type TreeSyncEnd, takesRoom } from './tree-sync.ts'

/** Never rejects for how a pull ends. The served tree stays as it is, whatever happens. */
export async function syncIdle(sync: TreeSync): Promise<TreeSyncEnd> {
  const { tree, order, source } = sync
  const ready = sync.isReady ? tree.slotWith(order.tag) : undefined
  if (ready !== undefined) return { ...prepared(tree, ready), result: sync.nothingToDo(), method: 'normal' }
  const live = tree.live()
  if (live === null) return fillFirst(sync)
  if (sync.changes !== null) return fillNext(sync, live, sync.changes, null)
  const { result, changes } = await learnChanges(source, tree.folderOf(live))
  if (changes === null) return { ...prepared(tree, live), result, method: 'slow' }
  return fillNext(sync, live, changes, result)
}

/** Nothing is served yet: the tree is filled as a plain one is, and continues from what an earlier try left. */
async function fillFirst(sync: TreeSync): Promise<TreeSyncEnd> {
  const { tree, order, source, guard, tools, recordOf } = sync
  await sync.needRoom()
  const folder = tree.folderOf('a')
  await makeWorkFolder(tree.workFolder)
  await mkdir(folder, { recursive: true })
  await tree.hold('a', null, { difference: 'unknown' })
  const pull = { destination: folder, keepPartials: true, workFolder: tree.workFolder }
  // Nobody is served from here, so there is nothing to guard.
  const unguarded = { ...guard, force: true }
  const { result } = await fillInPlace({
    source,
    stages: 'single',
    guard: unguarded,
    mayBePartial: false,
    had: null,
    pull,
    namesFile: tree.namesFile,
    signal: tools.signal,
  })
  if (isSuccess(result.outcome)) {
    await tools.syncToDisk(folder)
    await tree.hold('a', order, recordOf('slow', null))
  }
  return { ...prepared(tree, 'a'), result, method: 'slow' }
}

/** `looked` is the look at everything that found the changes; null when the master listed them. */
async function fillNext(
  sync: TreeSync,
  live: Slot,
  changes: PathList,
  looked: PullResult | null,
): Promise<TreeSyncEnd> {
  const { tree, order, recordOf } = sync
  const method = looked === null ? 'normal' : 'slow'
  if (changes.size === 0) {
    await tree.holdAlso(live, order, recordOf(method, null))
    return { ...prepared(tree, live), result: looked ?? sync.nothingToDo(), method }
  }
  if (looked !== null) {
    const deletions = countGone(changes)
    const had = entriesBefore(looked.summary, deletions)
    const refusal = judgeDeletes({ had, deletions, sourceFiles: looked.sourceFiles }, sync.guard)
    if (refusal !== null) return { ...prepared(tree, live), result: looked, method, refusal }
  }
  if (takesRoom(changes)) await sync.needRoom()
  const filled = await fill(sync, live, changes, looked?.incoming ?? 0)
  const { result, missing } = filled
  if (looked === null && (isListAtFault(result) || (isSuccess(result.outcome) && missing > 0))) {
    sync.onListFailed()
    return syncIdle({ ...sync, changes: null, verifies: false })
  }
  if (!isSuccess(result.outcome)) return { ...prepared(tree, live), result, method: 'slow' }
  if (missing > 0) return { ...prepared(tree, live), result: incomplete(result, missing), method }
  return accept(sync, filled, changes, { looked, method })
}

function fill(
  { tree, order, source, tools, onDeleted, needRoom }: TreeSync,
  live: Slot,
  changes: PathList,
  incoming: number,
): Promise<FilledTree> {
  return fillIdleTree({
    tree,
    live,
    changes,
    content: 'all',
    onDeleted,
    pull: async ({ list, ...pull }) => {
      if (incoming > 0) await needRoom(incoming, () => sizeReplaced(changes.keys(), pull.destination))
      const around = { ...pull, keepPartials: true }
      return list === undefined
        ? source(around)
        : pullListed(source, { stages: 'single', list, withRoot: true }, around)
    },
    tools,
    keep: order.keep ?? KEPT_BY_DEFAULT,
    mostListed: Number.POSITIVE_INFINITY,
  })
}

/** Compares everything when it is time to, and remembers that the tree is whole. */
async function accept(
  sync: TreeSync,
  filled: FilledTree,
  changes: PathList,
  { looked, method }: { looked: PullResult | null; method: 'normal' | 'slow' },
): Promise<TreeSyncEnd> {
  const { tree, order, source, tools, recordOf } = sync
  const { slot, differences, result } = filled
  const drift = sync.verifies ? await countDifferences(source, filled.folder) : null
  if (drift !== null && drift > 0) {
    // Whatever went wrong, the tree is made anew from the one that is served, and by looking at everything.
    await tree.update((record) => ({ ...record, difference: 'unknown', drift }))
    return { ...(await syncIdle({ ...sync, changes: null, verifies: false })), method, drift }
  }
  await finishIdleTree(tree, filled, order, tools, recordOf(method, drift))
  const counts = await countChanges(filled, differences ?? changes)
  const summary = { ...result.summary, ...counts, ...(looked === null ? {} : totalsOf(looked)) }
  return { ...prepared(tree, slot), result: { ...result, summary }, method, drift }
}

function prepared(tree: ProjectTree, slot: Slot): Omit<TreeSyncEnd, 'result' | 'method'> {
  // Behind an operator's symlink it is not in the module; what has its name there is an older one.
  const source = tree.place === null ? path.relative(tree.base, tree.folderOf(slot)) : null
  return { state: 'prepared', source, drift: null, refusal: null }
}

function totalsOf({ summary: { total_files, total_size } }: PullResult) {
  return { total_files, total_size }
}

function incomplete(result: PullResult, missing: number): PullResult {
  return { ...result, outcome: 'retry', error: `${missing} files that the master has did not come` }
}

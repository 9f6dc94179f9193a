// Fills the tree that is not served with a generation, so that it can be published in one step.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Summary } from '../../shared/schemas/run.ts'
import { countDifferences, learnChanges } from '../../shared/trees/compare.ts'
import { countChanges } from '../../shared/trees/differences.ts'
import { fillIdleTree, finishIdleTree } from '../../shared/trees/fill-idle.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import { isSuccess, type PullResult } from '../../shared/trees/source.ts'
import type { Slot } from '../../shared/trees/tree-record.ts'
import { makeWorkFolder } from '../../shared/trees/work-folder.ts'
import type { TreeSync, TreeSyncEnd } from './tree-sync.ts'

/** Never rejects for how a pull ends. The served tree stays as it is, whatever happens. */
export async function syncIdle(sync: TreeSync): Promise<TreeSyncEnd> {
  const { tree, order, source } = sync
  const ready = sync.isReady ? tree.slotWith(order.tag) : undefined
  if (ready !== undefined)
    return { ...prepared(tree, ready), result: sync.nothingToDo(), method: 'normal', drift: null }
  const live = tree.live()
  if (live === null) return fillFirst(sync)
  if (sync.changes !== null) return fillNext(sync, live, sync.changes, null)
  const { result, changes } = await learnChanges(source, tree.folderOf(live))
  if (changes === null) return { ...prepared(tree, live), result, method: 'slow', drift: null }
  return fillNext(sync, live, changes, result)
}

/** Nothing is served yet: the tree is filled as a plain one is, and continues from what an earlier try left. */
async function fillFirst({ tree, order, source, recordOf }: TreeSync): Promise<TreeSyncEnd> {
  const folder = tree.folderOf('a')
  await makeWorkFolder(tree.workFolder)
  await mkdir(folder, { recursive: true })
  await tree.hold('a', null, { difference: 'unknown' })
  const { workFolder } = tree
  const result = await source({ destination: folder, deletes: 'as_options', keepPartials: true, workFolder })
  if (isSuccess(result.outcome)) await tree.hold('a', order, recordOf('slow', null))
  return { ...prepared(tree, 'a'), result, method: 'slow', drift: null }
}

/** `looked` is the look at everything that found the changes; null when the master listed them. */
async function fillNext(
  sync: TreeSync,
  live: Slot,
  changes: PathList,
  looked: PullResult | null,
): Promise<TreeSyncEnd> {
  const { tree, order, source, clone, onVanished, recordOf } = sync
  const method = looked === null ? 'normal' : 'slow'
  if (changes.size === 0) {
    await tree.holdAlso(live, order, recordOf(method, null))
    return { ...prepared(tree, live), result: looked ?? sync.nothingToDo(), method, drift: null }
  }
  const filled = await fillIdleTree({
    tree,
    live,
    changes,
    pull: (pull) => source({ ...pull, deletes: 'unlimited', keepPartials: true }),
    clone,
    mostListed: Number.POSITIVE_INFINITY,
    onVanished,
  })
  const { result, slot } = filled
  if (!isSuccess(result.outcome)) return { ...prepared(tree, live), result, method: 'slow', drift: null }
  const drift = sync.verifies ? await countDifferences(source, filled.folder) : null
  if (drift !== null && drift > 0) {
    // Whatever went wrong, the tree is made anew from the one that is served, and by looking at everything.
    await tree.update((record) => ({ ...record, difference: 'unknown', drift }))
    return { ...(await syncIdle({ ...sync, changes: null, verifies: false })), method, drift }
  }
  await finishIdleTree(tree, filled, order, recordOf(method, drift))
  const counted = looked === null ? await countChanges(filled, changes) : looked.summary
  return { ...prepared(tree, slot), result: withCounts(result, counted), method, drift }
}

function prepared(tree: ProjectTree, slot: Slot): Pick<TreeSyncEnd, 'state' | 'source'> {
  return { state: 'prepared', source: path.relative(tree.base, tree.folderOf(slot)) }
}

/** What changed against the served tree; the pull itself only knows what changed in the idle one. */
function withCounts(
  result: PullResult,
  { added, modified, deleted }: Pick<Summary, 'added' | 'modified' | 'deleted'>,
): PullResult {
  return { ...result, summary: { ...result.summary, added, modified, deleted } }
}

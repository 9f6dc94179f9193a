// Changes the tree that serves users in place, by the names that changed or by comparing all of it.

import { mkdir } from 'node:fs/promises'
import { countDifferences } from '../../shared/trees/compare.ts'
import { fillInPlace } from '../../shared/trees/fill-in-place.ts'
import type { Refusal } from '../../shared/trees/guard.ts'
import { createLook } from '../../shared/trees/look.ts'
import { countDeletions, makeWay } from '../../shared/trees/make-way.ts'
import { type PathList, parentsOfGone } from '../../shared/trees/path-list.ts'
import { pullListed, touchesRoot } from '../../shared/trees/pull-listed.ts'
import { addResults } from '../../shared/trees/pull-passes.ts'
import { isListAtFault, isSuccess, type PullResult } from '../../shared/trees/source.ts'
import { type TreeSync, type TreeSyncEnd, takesRoom } from './tree-sync.ts'

interface Filled {
  result: PullResult
  refusal: Refusal | null
}

/** Never rejects for how a pull ends. While the tree is being changed it has no anchor, nor after a failure. */
export async function syncInPlace(sync: TreeSync): Promise<TreeSyncEnd> {
  const { tree, order, source, recordOf } = sync
  const end = { state: 'succeeded' as const, source: order.project, drift: null, refusal: null }
  if (sync.isReady) return { ...end, result: sync.nothingToDo(), method: 'normal' }
  const before = tree.anchor()
  if (takesRoom(sync.changes)) await sync.needRoom()
  await mkdir(tree.served, { recursive: true })
  await tree.holdInPlace(null)
  const listed = sync.changes === null ? null : await pullChanges(sync, sync.changes)
  const method = listed === null ? 'slow' : 'normal'
  const { result, refusal } = listed ?? (await pullEverything(sync, before === null))
  if (refusal !== null || !isSuccess(result.outcome)) {
    if (result.changedNothing) await tree.holdInPlace(before)
    return { ...end, result, method, refusal }
  }
  const drift = sync.verifies ? await countDifferences(source, tree.served) : null
  const repaired = drift !== null && drift > 0 ? await pullEverything(sync, false) : { result, refusal }
  const isWhole = isSuccess(repaired.result.outcome) && repaired.refusal === null
  if (isWhole) {
    await sync.tools.syncToDisk(tree.served)
    await tree.holdInPlace(order, recordOf(method, drift))
  }
  return { ...end, ...repaired, method, drift }
}

async function pullEverything(sync: TreeSync, keepPartials: boolean): Promise<Filled> {
  const { tree, source, order, guard, tools } = sync
  await sync.needRoom()
  const pull = { destination: tree.served, keepPartials }
  return fillInPlace({
    source,
    stages: order.stages ?? 'single',
    guard,
    mayBePartial: false,
    had: null,
    pull,
    namesFile: tree.namesFile,
    signal: tools.signal,
  })
}

/**
 * What the indices name comes first, and what is gone goes last. Null when the list could not be pulled whole, for any reason
 * but the connection: everything must be looked at then.
 */
async function pullChanges(sync: TreeSync, changes: PathList): Promise<Filled | null> {
  const { tree, source, order } = sync
  if (changes.size === 0) return { result: sync.nothingToDo(), refusal: null }
  const gone = countDeletions(tree.served, changes)
  const kept = new Map([...changes].filter(([, kind]) => kind !== 'gone'))
  const around = { destination: tree.served, deletes: 'unlimited' as const, keepPartials: false }
  const stages = order.stages ?? 'single'
  const pull = (names: PathList, withRoot: boolean) =>
    pullListed(source, { stages, list: { names, file: tree.namesFile }, withRoot }, around)
  const result = await pull(kept, gone === 0)
  if (!isSuccess(result.outcome) && !isListAtFault(result)) return { result, refusal: null }
  if (!isSuccess(result.outcome) || isAnyMissing(tree.served, kept)) {
    sync.onListFailed()
    return null
  }
  if (gone === 0) return { result, refusal: null }
  const vanished = new Map([...changes].filter(([, kind]) => kind === 'gone'))
  await makeWay(tree.served, vanished, 'all', sync.tools.signal, sync.onDeleted)
  const parents = parentsOfGone(changes)
  const times = await pull(touchesRoot(changes) ? parents.set('.', 'folder') : parents, true)
  const all = addResults(result, times)
  // What a file took the place of was counted before, and told by rsync again.
  return { result: { ...all, summary: { ...all.summary, deleted: gone } }, refusal: null }
}

function isAnyMissing(folder: string, names: PathList): boolean {
  const look = createLook(folder)
  return [...names.keys()].some((name) => look.stat(name) === undefined)
}

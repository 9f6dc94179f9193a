// Changes the tree that serves users in place, by the names that changed or by comparing all of it.

import { mkdir } from 'node:fs/promises'
import { countDifferences } from '../../shared/trees/compare.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import { isSuccess, type PullResult, type TreePull } from '../../shared/trees/source.ts'
import type { TreeSync, TreeSyncEnd } from './tree-sync.ts'

/** Never rejects for how a pull ends. While the tree is being changed it has no anchor, nor after a failure. */
export async function syncInPlace(sync: TreeSync): Promise<TreeSyncEnd> {
  const { tree, order, source, recordOf } = sync
  const end = { state: 'succeeded' as const, source: order.project }
  if (sync.isReady) return { ...end, result: sync.nothingToDo(), method: 'normal', drift: null }
  const before = tree.anchor()
  const everything: TreePull = { destination: tree.served, deletes: 'as_options', keepPartials: before === null }
  await mkdir(tree.served, { recursive: true })
  await tree.holdInPlace(null)
  const listed = sync.changes === null ? null : await pullListed(sync, sync.changes)
  const method = listed === null ? 'slow' : 'normal'
  const result = listed ?? (await source(everything))
  if (!isSuccess(result.outcome)) {
    if (result.changedNothing) await tree.holdInPlace(before)
    return { ...end, result, method, drift: null }
  }
  const drift = sync.verifies ? await countDifferences(source, tree.served) : null
  const repaired = drift !== null && drift > 0 ? await source(everything) : result
  if (isSuccess(repaired.outcome)) await tree.holdInPlace(order, recordOf(method, drift))
  return { ...end, result: repaired, method, drift }
}

/** Null when names are said to have vanished: the master's tree stands still, so everything must be looked at. */
async function pullListed(sync: TreeSync, names: PathList): Promise<PullResult | null> {
  const { tree, source, onVanished } = sync
  if (names.size === 0) return sync.nothingToDo()
  const result = await source({
    destination: tree.served,
    deletes: 'unlimited',
    keepPartials: false,
    list: { names, file: tree.namesFile },
  })
  if (result.vanished === 0) return result
  onVanished(result.vanished)
  return null
}

// Changes the tree that serves users in place, by the names that changed or by comparing all of it.

import { mkdir } from 'node:fs/promises'
import { isSuccess } from '../../shared/rsync/exit-codes.ts'
import { changedNothing, type PullResult } from '../../shared/rsync/pull.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import { countDifferences } from '../../shared/trees/compare.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import {
  afterSync,
  chooseMethod,
  dryRunOf,
  isProven,
  isSame,
  nothingToDo,
  type TreeSyncDeps,
  type TreeSyncEnd,
} from './sync-method.ts'

/** Never throws for how rsync ends. While the tree is being changed it has no anchor, nor after a failure. */
export async function syncInPlace(
  deps: TreeSyncDeps,
  tree: ProjectTree,
  message: SyncFromMaster,
): Promise<TreeSyncEnd> {
  const end = { state: 'succeeded' as const, source: message.project }
  const before = tree.anchor()
  if (isSame(before, message)) return { ...end, result: nothingToDo(deps), method: 'normal', drift: null }
  await mkdir(tree.served, { recursive: true })
  const { method: chosen, verifies, changes } = await chooseMethod(deps, tree, message)
  const keepPartials = before === null
  const pullAll = () => deps.pull({ destination: tree.served, deletes: 'as_options', keepPartials })
  await tree.holdInPlace(null)
  const listed = changes === null || changes.size === 0 ? null : await pullListed(deps, tree, changes)
  const method = listed === null && changes?.size !== 0 ? 'slow' : chosen
  let result = listed ?? (changes?.size === 0 ? nothingToDo(deps) : await pullAll())
  if (!isSuccess(result.outcome)) {
    if (changedNothing(result)) await tree.holdInPlace(before)
    return { ...end, result, method, drift: null }
  }
  const drift = verifies ? await countDifferences(dryRunOf(deps), tree.served) : null
  if (drift !== null && drift > 0) result = await pullAll()
  if (isSuccess(result.outcome)) await tree.holdInPlace(message, afterSync(deps, tree.record, message, method, drift))
  return { ...end, result, method, drift }
}

/** The master's tree stands still: a name that is said to have vanished is a reason to look at everything. */
async function pullListed(deps: TreeSyncDeps, tree: ProjectTree, names: PathList): Promise<PullResult | null> {
  const result = await deps.pull({
    destination: tree.served,
    deletes: 'unlimited',
    keepPartials: false,
    list: { trusted: true, names, file: tree.namesFile },
  })
  return isProven(deps, result) ? result : null
}

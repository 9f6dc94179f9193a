// Fills the tree that is not served with a generation, so that it can be published in one step.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { isSuccess } from '../../shared/rsync/exit-codes.ts'
import type { PullResult } from '../../shared/rsync/pull.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import { addChange, countDifferences, learnChanges } from '../../shared/trees/compare.ts'
import { countChanges, finishIdleTree, type IdleTree, prepareIdleTree } from '../../shared/trees/idle-tree.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import type { Slot } from '../../shared/trees/tree-record.ts'
import { makeWorkFolder } from '../../shared/trees/work-folder.ts'
import {
  afterSync,
  chooseMethod,
  dryRunOf,
  isProven,
  nothingToDo,
  type TreeSyncDeps,
  type TreeSyncEnd,
} from './sync-method.ts'

/** Never throws for how rsync ends. The served tree stays as it is, whatever happens. */
export async function syncIdle(deps: TreeSyncDeps, tree: ProjectTree, message: SyncFromMaster): Promise<TreeSyncEnd> {
  const ready = message.checksum ? undefined : tree.slotWith(message.tag)
  if (ready !== undefined) {
    return { ...prepared(tree, ready), result: nothingToDo(deps), method: 'normal', drift: null }
  }
  const live = tree.live()
  if (live === null) return fillFirst(deps, tree, message)
  const { method, verifies, changes: listed } = await chooseMethod(deps, tree, message)
  const walked = listed === null ? await learnChanges(dryRunOf(deps), tree.folderOf(live)) : null
  const changes = listed ?? walked?.changes ?? null
  if (changes === null) return failed(tree, live, walked?.result ?? nothingToDo(deps))
  if (changes.size === 0) {
    await tree.holdAlso(live, message, afterSync(deps, tree.record, message, method, null))
    return { ...prepared(tree, live), result: walked?.result ?? nothingToDo(deps), method, drift: null }
  }
  const { idle, result, isWhole } = await fillIdle(deps, tree, live, changes)
  if (!isSuccess(result.outcome)) return failed(tree, live, result)
  const drift = verifies ? await countDifferences(dryRunOf(deps), idle.folder) : null
  if (drift !== null && drift > 0) {
    // Whatever went wrong, the tree is made anew from the one that is served, and by looking at everything.
    await tree.update((record) => ({ ...record, difference: 'unknown', drift }))
    return { ...(await syncIdle(deps, tree, { ...message, changes: null })), method, drift }
  }
  await finishIdleTree(tree, idle, message, isWhole ? changes : null)
  await tree.update((record) => ({ ...record, ...afterSync(deps, record, message, method, drift) }))
  const counted = walked === null ? await countChanges(idle, changes) : walked.result.summary
  const summary = { ...result.summary, ...pickCounts(counted) }
  return { ...prepared(tree, idle.slot), result: { ...result, summary }, method, drift }
}

/** Nothing is served yet: the tree is filled as a plain one is, and goes on from what an earlier try left. */
async function fillFirst(deps: TreeSyncDeps, tree: ProjectTree, message: SyncFromMaster): Promise<TreeSyncEnd> {
  const folder = tree.folderOf('a')
  await makeWorkFolder(tree.workFolder)
  await mkdir(folder, { recursive: true })
  await tree.hold('a', null, { difference: 'unknown' })
  const result = await deps.pull({
    destination: folder,
    deletes: 'as_options',
    keepPartials: true,
    workFolder: tree.workFolder,
  })
  if (isSuccess(result.outcome)) await tree.hold('a', message, afterSync(deps, tree.record, message, 'slow', null))
  return { ...prepared(tree, 'a'), result, method: 'slow', drift: null }
}

/** `isWhole`: all in which the idle tree now differs from the served one stands in the list of changes. */
interface Filled {
  idle: IdleTree
  result: PullResult
  isWhole: boolean
}

async function fillIdle(deps: TreeSyncDeps, tree: ProjectTree, live: Slot, changes: PathList): Promise<Filled> {
  const idle = await prepareIdleTree(tree, live, changes, deps.clone)
  const result = await deps.pull({
    destination: idle.folder,
    deletes: 'unlimited',
    keepPartials: true,
    list: { trusted: true, names: idle.names, file: idle.namesFile },
    linkDest: idle.liveFolder,
    workFolder: tree.workFolder,
  })
  if (isProven(deps, result)) return { idle, result, isWhole: true }
  let isWhole = true
  const walked = await deps.pull({
    destination: idle.folder,
    deletes: 'unlimited',
    keepPartials: true,
    linkDest: idle.liveFolder,
    workFolder: tree.workFolder,
    onChange: (change) => {
      if (change === null) isWhole = false
      else addChange(changes, change)
    },
  })
  return { idle, result: walked, isWhole }
}

function prepared(tree: ProjectTree, slot: Slot): Pick<TreeSyncEnd, 'state' | 'source'> {
  return { state: 'prepared', source: path.relative(tree.base, tree.folderOf(slot)) }
}

function failed(tree: ProjectTree, live: Slot, result: PullResult): TreeSyncEnd {
  return { ...prepared(tree, live), result, method: 'slow', drift: null }
}

function pickCounts({ added, modified, deleted }: { added: number; modified: number; deleted: number }) {
  return { added, modified, deleted }
}

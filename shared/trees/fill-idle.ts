// Fills the tree that is not served with a generation, at the cost of what changed; the served one stays as it is.

import type { Stats } from 'node:fs'
import { rm } from 'node:fs/promises'
import { collectChanges } from './compare.ts'
import { findDifferences, type TreePair } from './differences.ts'
import { followLive, listEarlier } from './follow-live.ts'
import { setAside } from './kept-trees.ts'
import { createLook, lookAtNames } from './look.ts'
import { makeWay } from './make-way.ts'
import { dropCovered, mergeLists, type PathList, parentsOfGone, readList, uniteLists, writeList } from './path-list.ts'
import type { ProjectTree } from './project-tree.ts'
import { isListAtFault, isSuccess, type PullResult, type TreePull } from './source.ts'
import type { TreeTools } from './tools.ts'
import { type Anchor, otherSlot, type Slot, type TreeRecord } from './tree-record.ts'
import { makeWorkFolder } from './work-folder.ts'

/** Files by their names, each as it was before the pull. */
type LeftFiles = Map<string, string>

function stampOf({ ino, ctimeMs }: Stats): string {
  return `${ino} ${ctimeMs}`
}

/** A pull into an idle tree. It deletes nothing: what is to go is gone before. */
export type IdlePull = Pick<TreePull, 'destination' | 'deletes' | 'list' | 'linkDest' | 'workFolder' | 'onChange'>

/** What is to be filled, from what, and how. */
export interface Filling {
  tree: ProjectTree
  /** The slot that is served. */
  live: Slot
  /** All names in which the wanted generation differs from the served one. The guard has let its deletions through. */
  changes: PathList
  /** Whether a folder that is gone, or becomes a file, goes with content that is not listed. */
  content: 'as_listed' | 'all'
  /** Told of what is gone. */
  onDeleted?: (name: string) => void
  /** Pulls into the idle tree, in as many passes as the node makes. */
  pull: (pull: IdlePull) => Promise<PullResult>
  tools: TreeTools
  /** How many whole trees the project keeps. */
  keep: number
  /** Beyond so many names a walk over all of the tree is faster than a list. Without a bound there is no walk. */
  mostListed: number
  /** Told when a walk follows because the list could not be pulled. */
  onListFailed?: () => void
}

/** The idle tree after the pull. */
export interface FilledTree extends TreePair {
  slot: Slot
  result: PullResult
  /** How many names of the changes exist at the source, as it said, and did not come. They stay as they are served. */
  missing: number
  /** The names in which it may have differed from the served tree before it was filled. */
  earlier: PathList
  /** All names in which it may differ from the served tree now; null when they are not known. */
  differences: PathList | null
}

/**
 * Fills the idle tree. It is made equal to the served one first, by links in the names in which they differ, and then
 * loses and pulls what changed. What did not come is looked for, never taken for granted. Call `finishIdleTree` when the
 * tree is accepted.
 */
export async function fillIdleTree(filling: Filling): Promise<FilledTree> {
  const { tree, live, changes } = filling
  const slot = otherSlot(live)
  const trees = { folder: tree.folderOf(slot), liveFolder: tree.folderOf(live) }
  const { earlier, names, left } = await prepare(filling, slot, trees)
  const { result, found } = await pullChanges(filling, trees, names)
  const filled = { ...trees, slot, result, earlier, missing: 0, differences: null }
  if (!isSuccess(result.outcome) || found === null) return filled
  const unseen = result.tolerated ? left : null
  const missing = await restoreMissing(trees, changes, unseen, filling.tools.signal)
  const changed = await lookAtNames(uniteLists(changes, found).keys(), trees.folder)
  const others = [...earlier.keys()].filter((name) => !changed.has(name))
  const differences = dropCovered(new Map([...changed, ...(await findDifferences(trees, others))]))
  return { ...filled, missing: missing.size, differences }
}

/** Remembers that the idle tree holds a whole generation, on disk, and in what it differs from the served one. */
export async function finishIdleTree(
  tree: ProjectTree,
  { slot, folder, differences }: Pick<FilledTree, 'slot' | 'folder' | 'differences'>,
  anchor: Anchor,
  tools: Pick<TreeTools, 'syncToDisk'>,
  more: Partial<TreeRecord> = {},
): Promise<void> {
  await tools.syncToDisk(folder)
  if (differences !== null) await writeList(tree.differenceFile, differences)
  await tree.hold(slot, anchor, { ...more, difference: differences === null ? 'unknown' : 'uncleared' })
  await rm(tree.namesFile, { force: true })
}

/**
 * Makes the idle tree equal to the served one, except for files of the changes that an attempt before has brought, and
 * then makes way for the changes.
 */
async function prepare(
  { tree, live, changes, content, tools, keep, onDeleted }: Filling,
  slot: Slot,
  { folder, liveFolder }: TreePair,
): Promise<{ earlier: PathList; names: PathList; left: LeftFiles }> {
  await makeWorkFolder(tree.workFolder)
  tools.signal.throwIfAborted()
  await setAside(tree, live, keep, tools.remove)
  let known = tree.record.difference === 'unknown' ? null : await readList(tree.differenceFile)
  if (known === null) {
    await tree.hold(slot, null, { difference: 'unknown' })
    await tools.remove(folder)
    tools.signal.throwIfAborted()
    await tools.clone(liveFolder, folder)
    known = new Map()
  }
  const earlier = await listEarlier(known, folder, liveFolder)
  await writeList(tree.differenceFile, new Map([...known, ...earlier, ...changes]))
  await tree.hold(slot, null, { difference: 'uncleared' })
  const left: LeftFiles = new Map()
  const onLeft = (name: string, found: Stats) => void left.set(name, stampOf(found))
  const missing = await followLive({ folder, liveFolder, earlier, changes, onLeft, signal: tools.signal })
  await makeWay(folder, changes, content, tools.signal, onDeleted)
  const names = [...mergeLists(uniteLists(missing, parentsOfGone(changes)), changes)].filter(
    ([, kind]) => kind !== 'gone',
  )
  return { earlier, names: new Map(names), left }
}

/**
 * Pulls the names, or walks over all of the tree when they are many, or when they do not come as a list: a name may lie below
 * what is no folder any more, which rsync cannot look at (code 23). `found` is what a walk changed besides.
 */
async function pullChanges(
  filling: Filling,
  trees: TreePair,
  names: PathList,
): Promise<{ result: PullResult; found: PathList | null }> {
  const { tree, pull, mostListed, onListFailed } = filling
  const around = {
    destination: trees.folder,
    deletes: 'never' as const,
    linkDest: trees.liveFolder,
    workFolder: tree.workFolder,
  }
  if (names.size > mostListed) return walk(filling, around)
  const result = await pull({ ...around, list: { names, file: tree.namesFile } })
  if (!isListAtFault(result) || mostListed === Number.POSITIVE_INFINITY) return { result, found: new Map() }
  onListFailed?.()
  const walked = await walk(filling, around)
  // What the list could not bring is no error when the walk can; only its traffic counts.
  const { summary } = walked.result
  const bytes_transferred = summary.bytes_transferred + result.summary.bytes_transferred
  return { ...walked, result: { ...walked.result, summary: { ...summary, bytes_transferred } } }
}

/** A walk may change any name: until all that it changed is known, the difference of the trees is not. */
async function walk({ tree, changes, pull }: Filling, around: IdlePull) {
  const before = await readList(tree.differenceFile)
  await tree.update((record) => ({ ...record, difference: 'unknown' }))
  const collector = collectChanges()
  const result = await pull({ ...around, onChange: collector.onChange })
  const found = collector.isComplete() && result.toldEverything ? collector.changes() : null
  if (found !== null) {
    await writeList(tree.differenceFile, uniteLists(before ?? changes, found))
    await tree.update((record) => ({ ...record, difference: 'uncleared' }))
  }
  return { result, found }
}

/**
 * Gives back, as they are served, the names that should have come and did not, and returns them. Where the source told a part of
 * its tree (`left` is not null), what is gone is given back too, but for what was in a folder that has become a file; and so is a
 * file that was left there before the pull and not touched by it: it may be of an older generation than the one that is served.
 */
async function restoreMissing(
  { folder, liveFolder }: TreePair,
  changes: PathList,
  left: LeftFiles | null,
  signal: AbortSignal,
): Promise<PathList> {
  const look = createLook(folder)
  const absent = [...changes].filter(([name]) => look.stat(name) === undefined)
  const missing: PathList = new Map(absent.filter(([, kind]) => kind !== 'gone'))
  const isInFile = (name: string) => look.kindOf(look.firstNonFolder(name) ?? name) === 'file'
  const restored: PathList = left === null ? missing : new Map(absent.filter(([name]) => !isInFile(name)))
  for (const [name, stamp] of left ?? []) {
    const found = look.stat(name)
    if (found !== undefined && stampOf(found) === stamp) restored.set(name, 'file')
  }
  if (restored.size === 0) return missing
  const earlier = await listEarlier(restored, folder, liveFolder)
  await followLive({ folder, liveFolder, earlier, changes: new Map(), signal })
  return missing
}

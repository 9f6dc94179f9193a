// Fills the tree that is not served with a generation, at the cost of what changed; the served one stays as it is.

import { rm, unlink } from 'node:fs/promises'
import { inBatches } from '../flow/batches.ts'
import type { Cloner } from './clone.ts'
import { collectChanges } from './compare.ts'
import { findDifferences, type TreePair } from './differences.ts'
import { followLive, listEarlier } from './follow-live.ts'
import { createLook } from './look.ts'
import { mergeLists, type PathList, readList, uniteLists, writeList } from './path-list.ts'
import { otherSlot, type ProjectTree } from './project-tree.ts'
import { isSuccess, type PullResult, type TreePull } from './source.ts'
import type { Anchor, Slot, TreeRecord } from './tree-record.ts'
import { makeWorkFolder } from './work-folder.ts'

/** A pull into an idle tree: the node adds what is its own. */
export type IdlePull = Pick<TreePull, 'destination' | 'list' | 'linkDest' | 'workFolder' | 'onChange'>

/** What is to be filled, from what, and how. */
export interface Filling {
  tree: ProjectTree
  /** The slot that is served. */
  live: Slot
  /** All names in which the wanted generation differs from the served one. */
  changes: PathList
  /** Pulls into the idle tree, in as many passes as the node makes. */
  pull: (pull: IdlePull) => Promise<PullResult>
  clone: Cloner
  /** Beyond so many names a walk over all of the tree is faster than a list. */
  mostListed: number
  /** Called when names of the list have vanished, before everything is compared instead. */
  onVanished: (count: number) => void
}

/** The idle tree after the pull. */
export interface FilledTree extends TreePair {
  slot: Slot
  result: PullResult
  /** The names in which it may have differed from the served tree before it was filled. */
  earlier: PathList
  /** All names in which it differs from the served tree now; null when they are not known. */
  differences: PathList | null
}

/**
 * Fills the idle tree. It is made equal to the served one first, by links in the names in which they differ, and then
 * pulls the changes. Call `finishIdleTree` when it is accepted.
 */
export async function fillIdleTree(filling: Filling): Promise<FilledTree> {
  const { tree, live, changes } = filling
  const slot = otherSlot(live)
  const trees = { folder: tree.folderOf(slot), liveFolder: tree.folderOf(live) }
  const { earlier, names } = await prepare(filling, slot, trees)
  const { result, found } = await pullChanges(filling, trees, names)
  const filled = { ...trees, slot, result, earlier }
  if (!isSuccess(result.outcome) || found === null) return { ...filled, differences: null }
  const changed = uniteLists(changes, found)
  const others = [...earlier.keys()].filter((name) => !changed.has(name))
  return { ...filled, differences: new Map([...changed, ...(await findDifferences(trees, others))]) }
}

/** Remembers that the idle tree holds a whole generation, and in what it differs from the served one. */
export async function finishIdleTree(
  tree: ProjectTree,
  { slot, differences }: Pick<FilledTree, 'slot' | 'differences'>,
  anchor: Anchor,
  more: Partial<TreeRecord> = {},
): Promise<void> {
  await tree.update((record) => ({ ...record, difference: 'unknown' }))
  if (differences !== null) await writeList(tree.differenceFile, differences)
  await tree.hold(slot, anchor, { ...more, difference: differences === null ? 'unknown' : 'uncleared' })
  await rm(tree.namesFile, { force: true })
}

/**
 * Makes the idle tree equal to the served one, but for files of the changes that an attempt before has brought. Every
 * file that is about to change goes from the idle tree first: it may be one inode with the served one, where a pull would
 * change its attributes.
 */
async function prepare(
  { tree, changes, clone }: Filling,
  slot: Slot,
  { folder, liveFolder }: TreePair,
): Promise<{ earlier: PathList; names: PathList }> {
  await makeWorkFolder(tree.workFolder)
  let known = tree.record.difference === 'unknown' ? null : await readList(tree.differenceFile)
  if (known === null) {
    await tree.hold(slot, null, { difference: 'unknown' })
    await rm(folder, { recursive: true, force: true })
    await clone(liveFolder, folder)
    known = new Map()
  }
  const earlier = await listEarlier(known, folder, liveFolder)
  await writeList(tree.differenceFile, new Map([...known, ...earlier, ...changes]))
  await tree.hold(slot, null, { difference: 'uncleared' })
  const missing = await followLive({ folder, liveFolder, earlier, changes })
  await unshare(folder, changes.keys())
  return { earlier, names: mergeLists(missing, changes) }
}

/**
 * Pulls the names, or walks over all of the tree when they are many, or when some have vanished at the source meanwhile.
 * `found` is what a walk changed besides; null when not all of it could be read.
 */
async function pullChanges(
  filling: Filling,
  trees: TreePair,
  names: PathList,
): Promise<{ result: PullResult; found: PathList | null }> {
  const { tree, pull, mostListed, onVanished } = filling
  const around = { destination: trees.folder, linkDest: trees.liveFolder, workFolder: tree.workFolder }
  if (names.size <= mostListed) {
    const result = await pull({ ...around, list: { names, file: tree.namesFile } })
    if (result.vanished === 0) return { result, found: new Map() }
    onVanished(result.vanished)
  }
  return walk(filling, around)
}

/** A walk may change any name: until all that it changed is known, the difference of the trees is not. */
async function walk({ tree, changes, pull }: Filling, around: IdlePull) {
  const before = await readList(tree.differenceFile)
  await tree.update((record) => ({ ...record, difference: 'unknown' }))
  const collector = collectChanges()
  const result = await pull({ ...around, onChange: collector.onChange })
  const found = collector.isComplete() && result.toldEverything ? collector.changes() : null
  if (found !== null) {
    await writeList(tree.differenceFile, new Map([...(before ?? changes), ...found]))
    await tree.update((record) => ({ ...record, difference: 'uncleared' }))
  }
  return { result, found }
}

/** Removes the files of these names that have other links. */
async function unshare(folder: string, names: Iterable<string>): Promise<void> {
  const look = createLook(folder)
  await inBatches(names, async (name) => {
    const found = look.stat(name)
    if (found !== undefined && !found.isDirectory() && found.nlink > 1) await unlink(look.fileOf(name))
  })
}

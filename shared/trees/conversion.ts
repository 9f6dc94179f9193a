// Moves the folders of a tree that becomes atomic or plain. It can be repeated after a kill at any point.

import { unlink } from 'node:fs/promises'
import { removeAll, renameFolder } from './owner-access.ts'
import { identifyFolder, SLOTS, type Slot, type TreeRecord } from './tree-record.ts'

/** A tree whose record says already what it becomes. */
export interface ConvertingTree {
  record: Pick<TreeRecord, 'mode' | 'in_place'>
  served: string
  keptFolder: string
  folderOf(slot: Slot): string
  live(): Slot | null
  flip(slot: Slot): Promise<void>
}

/** The record of a tree that is to become atomic, or the plain folder that it serves from `live`. */
export function beginConversion(record: TreeRecord, mode: TreeRecord['mode'], live: Slot | null): TreeRecord {
  const becoming = { ...record, mode, expected: null, converting: true }
  if (mode === 'atomic') return { ...becoming, slots: { a: record.in_place, b: null }, difference: 'unknown' }
  return { ...becoming, in_place: live === null ? null : record.slots[live] }
}

/** The record when the folders have been moved. */
export function endConversion(record: TreeRecord): TreeRecord {
  const done = { ...record, converting: false }
  if (record.mode === 'atomic') return { ...done, in_place: null }
  return { ...done, slots: { a: null, b: null }, kept: [], difference: 'unknown' }
}

/** Makes the plain folder the first of two trees, or the tree that is served the plain folder. Copies nothing. */
export async function moveForMode(tree: ConvertingTree): Promise<void> {
  const isPlain = identifyFolder(tree.served) !== null
  if (tree.record.mode === 'atomic') {
    if (isPlain) {
      await removeAll(tree.folderOf('a'))
      await renameFolder(tree.served, tree.folderOf('a'))
    }
    // Where the record was lost, the other one may be served.
    if (tree.live() === null && identifyFolder(tree.folderOf('a')) !== null) await tree.flip('a')
    return
  }
  if (!isPlain) {
    const live = tree.live() ?? SLOTS.find((slot) => isRecordedAsServed(tree, slot))
    await unlink(tree.served).catch(() => {})
    if (live !== undefined) await renameFolder(tree.folderOf(live), tree.served)
  }
  for (const slot of SLOTS) await removeAll(tree.folderOf(slot))
  await removeAll(tree.keptFolder)
}

/** After a kill between the two steps the symlink is gone: the record tells which tree it led to. */
function isRecordedAsServed(tree: ConvertingTree, slot: Slot): boolean {
  const { in_place: inPlace } = tree.record
  return inPlace !== null && identifyFolder(tree.folderOf(slot)) === inPlace.identity
}

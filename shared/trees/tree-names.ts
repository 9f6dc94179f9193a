// Gives the tree of a project another name, without ever taking one that something else has.

import { lstatSync } from 'node:fs'
import { mkdir, unlink } from 'node:fs/promises'
import path from 'node:path'
import { isCode } from '../store/durable-file.ts'
import { renameFolder } from './owner-access.ts'
import { isTreeLink, linkedSlot, linkSlot, readLink } from './tree-links.ts'
import { identifyFolder, newestOf, type TreeRecord } from './tree-record.ts'

/** What names need to know of a tree. */
export interface NamedTree {
  base: string
  key: string
  record: TreeRecord
  control: string
  served: string
}

/**
 * Moves what is served to another name. What something else has put there is left alone: only a symlink to a tree of ours
 * is replaced, since that tree has another name by now.
 */
export async function moveTo(tree: NamedTree, project: string): Promise<void> {
  const target = path.join(tree.base, project)
  if (tree.record.mode === 'atomic') await moveLink(tree, target)
  else await moveFolder(tree, target)
}

/** Takes the tree away from its name, which another one gets; it has none until it is moved. */
export async function park(tree: NamedTree): Promise<void> {
  if (tree.record.mode === 'atomic') {
    if (linkedSlot(tree.served, tree.key) !== null) await unlink(tree.served)
  } else if (identifyFolder(tree.served) !== null) {
    await mkdir(tree.control, { recursive: true, mode: 0o755 })
    await renameFolder(tree.served, parkedOf(tree))
  }
}

function parkedOf({ control }: NamedTree): string {
  return path.join(control, 'parked')
}

async function moveFolder(tree: NamedTree, target: string): Promise<void> {
  const source = identifyFolder(parkedOf(tree)) === null ? tree.served : parkedOf(tree)
  try {
    await renameFolder(source, target)
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR'].some((code) => isCode(error, code))) throw error
  }
}

async function moveLink({ base, key, record, served }: NamedTree, target: string): Promise<void> {
  const own = linkedSlot(served, key)
  const slot = own ?? newestOf(record)
  const inTheWay = readLink(target)
  const isFree = inTheWay !== null ? isTreeLink(inTheWay) : !lstatSync(target, { throwIfNoEntry: false })
  if (slot === null || !isFree) return
  await linkSlot(base, key, slot, target)
  if (own !== null) await unlink(served)
}

// Compares the idle tree with the served one, name by name.

import { readlinkSync, type Stats } from 'node:fs'
import { createLook, yieldingNow } from './look.ts'
import type { PathList } from './path-list.ts'

/** The two trees of an atomic project. */
export interface TreePair {
  folder: string
  liveFolder: string
}

/** Those of the names in which the two trees really differ. */
export async function findDifferences(trees: TreePair, names: Iterable<string>): Promise<PathList> {
  const [here, there] = [createLook(trees.folder), createLook(trees.liveFolder)]
  const list: PathList = new Map()
  for await (const name of yieldingNow(names)) {
    if (!isSameEntry(here.stat(name), there.stat(name))) list.set(name, here.kindOf(name))
  }
  return list
}

/**
 * What the changes amount to, counted as rsync does: a file is modified when its size or time differs, by any fraction of a
 * second, a symlink when it leads elsewhere, and what is of another kind now.
 */
export async function countChanges(
  trees: TreePair,
  changes: PathList,
): Promise<{ added: number; modified: number; deleted: number }> {
  const [here, there] = [createLook(trees.folder), createLook(trees.liveFolder)]
  const counts = { added: 0, modified: 0, deleted: 0 }
  for await (const [name, kind] of yieldingNow(changes)) {
    const [now, before] = [here.stat(name), there.stat(name)]
    const wasFolder = before?.isDirectory() === true
    if (before !== undefined && kind === 'gone') counts.deleted += 1
    if (wasFolder && kind !== 'folder') counts.deleted += there.listBelow(name).size
    if (before === undefined && now !== undefined) counts.added += 1
    else if (before !== undefined && now !== undefined) {
      const isSameLink = () => readlinkSync(here.fileOf(name), 'latin1') === readlinkSync(there.fileOf(name), 'latin1')
      if (!isSameContent(now, before, isSameLink)) counts.modified += 1
    }
  }
  return counts
}

/** Files are the same when they are one inode; folders, which cannot be, when their attributes are equal. */
function isSameEntry(one: Stats | undefined, other: Stats | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  if (one.ino === other.ino) return true
  const attributes = ['mode', 'uid', 'gid', 'mtimeMs'] as const
  return one.isDirectory() && attributes.every((name) => one[name] === other[name])
}

function isSameContent(now: Stats, before: Stats, isSameLink: () => boolean): boolean {
  if (now.isSymbolicLink() && before.isSymbolicLink()) return isSameLink()
  if (now.isDirectory() || before.isDirectory()) return now.isDirectory() && before.isDirectory()
  return now.size === before.size && now.mtimeMs === before.mtimeMs
}

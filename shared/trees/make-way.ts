// Takes out of a tree what its next generation does not have, and what must not be changed where it stands.

import { rmdir, unlink } from 'node:fs/promises'
import { inBatches } from '../flow/batches.ts'
import { isCode } from '../store/durable-file.ts'
import { createLook, type Look } from './look.ts'
import { changeName, letOwnerRead, removeAll } from './owner-access.ts'
import type { EntryKind, PathList } from './path-list.ts'

/**
 * Makes way for changes: removes what is gone, what changes between a folder and something else, and files that have other
 * links, whose attributes a pull would change in the other trees too. It ends when `signal` aborts. `content` `as_listed`: a folder goes only when it is
 * empty by then, since it may hold what the source protects; `all`: with everything in it. `onDeleted` is told of what is gone.
 */
export async function makeWay(
  folder: string,
  changes: PathList,
  content: 'as_listed' | 'all',
  signal: AbortSignal,
  onDeleted: (name: string) => void = () => {},
): Promise<void> {
  const look = createLook(folder)
  const folders: string[] = []
  const clear = async ([name, kind]: [string, EntryKind]): Promise<void> => {
    const found = look.stat(name)
    if (found === undefined || name === '.') return
    if (kind === 'gone') onDeleted(name)
    if (found.isDirectory()) {
      if (kind !== 'folder') folders.push(name)
    } else if (kind !== 'file' || found.nlink > 1) {
      // Its other links stay, and are read: it is linked or copied again when only its attributes changed.
      if (found.isFile()) await letOwnerRead(look.fileOf(name), found.mode)
      await changeName(look, name, unlink)
    }
  }
  await inBatches(changes, clear, signal)
  // The longest names first: a folder can go when what is in it has gone.
  for (const name of folders.sort((a, b) => b.length - a.length)) {
    signal.throwIfAborted()
    await removeFolder(look, name, content)
  }
}

/** How many entries make way for changes, with all content, in `folder`. */
export function countDeletions(folder: string, changes: PathList): number {
  const look = createLook(folder)
  // What is in a folder that goes may be listed itself, too.
  const going = new Set<string>()
  for (const [name, kind] of changes) {
    const found = look.stat(name)
    if (found === undefined) continue
    if (kind === 'gone') going.add(name)
    if (kind !== 'folder' && found.isDirectory()) for (const inner of look.listBelow(name).keys()) going.add(inner)
  }
  return going.size
}

async function removeFolder(look: Look, name: string, content: 'as_listed' | 'all'): Promise<void> {
  if (content === 'all') return changeName(look, name, removeAll)
  await changeName(look, name, rmdir).catch((error) => {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].some((code) => isCode(error, code))) throw error
  })
}

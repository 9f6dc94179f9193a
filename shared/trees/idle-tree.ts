// Makes the tree that is not served ready to be filled, so that filling it costs what changed and never touches the served one.

import type { Stats } from 'node:fs'
import { rm, unlink } from 'node:fs/promises'
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { ChildRegistry } from '../process/child-registry.ts'
import { runCommand } from '../process/run.ts'
import { createLook, lookAtNames, mergeLists, type PathList, readList, writeList } from './path-list.ts'
import { otherSlot, type ProjectTree } from './project-tree.ts'
import type { Anchor, Slot } from './tree-record.ts'
import { makeWorkFolder } from './work-folder.ts'

/** The idle tree, and the names in it that must be pulled: all in which it may differ from what is to come. */
export interface IdleTree {
  slot: Slot
  folder: string
  /** The served tree. */
  liveFolder: string
  names: PathList
  /** Where the names may be written for rsync. */
  namesFile: string
}

const UNLINKS_AT_ONCE = 500

/**
 * Prepares the idle tree for `changes`, in which the wanted generation differs from the served one. Every file that is
 * about to change goes from the idle tree first: it may be one inode with the served one, where rsync would change its
 * attributes, and a file that is there keeps rsync from linking the served one.
 */
export async function prepareIdleTree(
  tree: ProjectTree,
  live: Slot,
  changes: PathList,
  clone: (from: string, to: string) => Promise<void>,
): Promise<IdleTree> {
  const slot = otherSlot(live)
  const [folder, liveFolder] = [tree.folderOf(slot), tree.folderOf(live)]
  await makeWorkFolder(tree.workFolder)
  let known = tree.record.difference === 'unknown' ? null : await readList(tree.differenceFile)
  if (known === null) {
    await tree.hold(slot, null, { difference: 'unknown' })
    await rm(folder, { recursive: true, force: true })
    await clone(liveFolder, folder)
    known = new Map()
  }
  const earlier = await followLive(known, folder, liveFolder)
  const names = mergeLists(earlier, changes)
  const wasCleared = tree.record.difference === 'cleared'
  await tree.hold(slot, null)
  await writeList(tree.differenceFile, new Map([...known, ...earlier, ...changes]))
  await tree.update((record) => ({ ...record, difference: wasCleared ? 'cleared' : 'uncleared' }))
  await removeStaleFolders(folder, earlier)
  await clear(folder, names, (name, links) => links > 1 || (!wasCleared && earlier.has(name)))
  await tree.update((record) => ({ ...record, difference: 'cleared' }))
  return { slot, folder, liveFolder, names, namesFile: tree.namesFile }
}

/**
 * Remembers that the idle tree holds a whole generation, which differs from the served one in `changes`; null when that
 * is not known, so that the next filling makes the idle tree anew.
 */
export async function finishIdleTree(
  tree: ProjectTree,
  idle: IdleTree,
  anchor: Anchor,
  changes: PathList | null,
): Promise<void> {
  await tree.update((record) => ({ ...record, difference: 'unknown' }))
  if (changes !== null) await writeList(tree.differenceFile, changes)
  await tree.hold(idle.slot, anchor, { difference: changes === null ? 'unknown' : 'uncleared' })
  await rm(idle.namesFile, { force: true })
}

/** Those of the names in which the two trees really differ: they are not one inode. */
export async function findDifferences(idle: IdleTree, names: Iterable<string>): Promise<PathList> {
  const [here, there] = [createLook(idle.folder), createLook(idle.liveFolder)]
  const list: PathList = new Map()
  let looked = 0
  for (const name of names) {
    if (++looked % UNLINKS_AT_ONCE === 0) await yieldToOthers()
    if (name === '.' || here.stat(name)?.ino !== there.stat(name)?.ino) list.set(name, here.kindOf(name))
  }
  return list
}

/**
 * The names in which the trees may differ, as they stand in the served one. Where that has a folder and the idle one has
 * none, all that is in the folder differs, whether it was listed or not.
 */
async function followLive(known: PathList, folder: string, liveFolder: string): Promise<PathList> {
  const [idle, live] = [createLook(folder), createLook(liveFolder)]
  const list = await lookAtNames(known.keys(), liveFolder)
  for (const [name, kind] of [...list]) {
    if (kind === 'folder' && idle.kindOf(name) !== 'folder')
      for (const [inner, innerKind] of live.listBelow(name)) list.set(inner, innerKind)
  }
  return list
}

/** Where the served tree has no folder, one in the idle tree is of another time, with all that is in it. */
async function removeStaleFolders(folder: string, earlier: PathList): Promise<void> {
  const look = createLook(folder)
  for (const [name, kind] of earlier) {
    if (kind !== 'folder' && look.kindOf(name) === 'folder')
      await rm(look.fileOf(name), { recursive: true, force: true })
  }
}

/** What the changes amount to, counted as rsync does: a file is modified when its size or time is another. */
export async function countChanges(
  idle: Pick<IdleTree, 'folder' | 'liveFolder'>,
  changes: PathList,
): Promise<{ added: number; modified: number; deleted: number }> {
  const [here, there] = [createLook(idle.folder), createLook(idle.liveFolder)]
  const counts = { added: 0, modified: 0, deleted: 0 }
  let looked = 0
  for (const [name, kind] of changes) {
    if (++looked % UNLINKS_AT_ONCE === 0) await yieldToOthers()
    const [now, before] = [here.stat(name), there.stat(name)]
    const wasFolder = before?.isDirectory() === true
    if (before !== undefined && kind === 'gone') counts.deleted += 1
    if (wasFolder && kind !== 'folder') counts.deleted += there.listBelow(name).size
    if (before === undefined && now !== undefined) counts.added += 1
    else if (before !== undefined && now !== undefined && !wasFolder && !isSameContent(now, before))
      counts.modified += 1
  }
  return counts
}

function isSameContent(now: Stats, before: Stats): boolean {
  return now.size === before.size && Math.trunc(now.mtimeMs) === Math.trunc(before.mtimeMs)
}

/** Copies a tree's folders and links its files (cp(1), --archive --link). @throws {Error} when it fails. */
export function createCloner(options: { children: ChildRegistry; home: string; signal: AbortSignal }) {
  return async (from: string, to: string): Promise<void> => {
    let complaint = ''
    const ended = await runCommand({
      ...options,
      bin: 'cp',
      argv: ['-a', '-l', '--', from, to],
      onStderr: (line) => {
        complaint = line
      },
    })
    if (ended.exitCode !== 0) throw new Error(`The tree ${from} could not be linked: ${complaint || ended.startError}`)
  }
}

/** Removes the names from the folder that are no folders and that `goes` picks. Symlinks are never followed. */
async function clear(folder: string, names: PathList, goes: (name: string, links: number) => boolean): Promise<void> {
  const look = createLook(folder)
  let waiting: Promise<void>[] = []
  for (const name of names.keys()) {
    const found = look.stat(name)
    if (found === undefined || found.isDirectory() || !goes(name, found.nlink)) continue
    waiting.push(unlink(look.fileOf(name)))
    if (waiting.length < UNLINKS_AT_ONCE) continue
    await Promise.all(waiting)
    waiting = []
  }
  await Promise.all(waiting)
}

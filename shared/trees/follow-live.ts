// Makes the idle tree equal to the served one in the names in which they differ, by links: nothing is copied.

import type { Stats } from 'node:fs'
import { chmod, link, mkdir } from 'node:fs/promises'
import { inBatches } from '../flow/batches.ts'
import { isCode } from '../store/durable-file.ts'
import { createLook, type Look, lookAtNames } from './look.ts'
import { changeName, removeAll } from './owner-access.ts'
import { type EntryKind, type PathList, parentOf } from './path-list.ts'

/** The two trees, and what is to come. */
export interface Following {
  folder: string
  liveFolder: string
  /** All names in which the trees may differ, as they stand in the served one: see `listEarlier`. */
  earlier: PathList
  /** What will be pulled next: files of these names that an attempt before this one has brought stay. */
  changes: PathList
  /** Told of files that stay because an attempt before may have brought them; they may as well be of an older generation. */
  onLeft?: (name: string, found: Stats) => void
  signal: AbortSignal
}

/**
 * Says of the names in which the trees may differ what stands there in the served one. Where that has a folder and the
 * idle one has none, everything in the folder differs, whether it was listed or not.
 */
export async function listEarlier(known: PathList, folder: string, liveFolder: string): Promise<PathList> {
  const [idle, live] = [createLook(folder), createLook(liveFolder)]
  const list = await lookAtNames(known.keys(), liveFolder)
  for (const [name, kind] of [...list]) {
    if (kind === 'folder' && name !== '.' && idle.kindOf(name) !== 'folder')
      for (const [inner, innerKind] of live.listBelow(name)) list.set(inner, innerKind)
  }
  return list
}

/**
 * Follows the served tree. Returns what the source must still bring besides the changes: folders, whose times changed
 * with their content, and files that could not be linked.
 */
export async function followLive(following: Following): Promise<PathList> {
  const missing: PathList = new Map()
  // Shorter names first, so that a folder is there before its content.
  const sorted = [...following.earlier].sort(([a], [b]) => a.length - b.length)
  const namesOf = (wanted: EntryKind) => sorted.filter(([, kind]) => kind === wanted).map(([name]) => name)
  const live = createLook(following.liveFolder)
  const making: Step = { ...following, live, idle: createLook(following.folder), missing }
  for (const name of namesOf('folder')) {
    following.signal.throwIfAborted()
    await followFolder(making, name)
  }
  const filling: Step = { ...making, idle: createLook(following.folder) }
  await inBatches(namesOf('gone'), (name) => followGone(filling, name), following.signal)
  await inBatches(namesOf('file'), (name) => followFile(filling, name), following.signal)
  return missing
}

interface Step extends Following {
  idle: Look
  live: Look
  missing: PathList
}

async function followFolder({ idle, live, missing }: Step, name: string): Promise<void> {
  missing.set(name, 'folder')
  const mode = (live.stat(name)?.mode ?? 0o755) & 0o7777
  if (idle.kindOf(name) !== 'folder') {
    await changeName(idle, name, removeAll)
    await changeName(idle, name, (folder) => mkdir(folder))
    missing.set(parentOf(name), 'folder')
  } else if (((idle.stat(name)?.mode ?? 0) & 0o7777) === mode) return
  // The source may not bring it: where it has a file now that the options pass over, the folder stays as it is served.
  await chmod(idle.fileOf(name), mode)
}

async function followGone({ idle, changes, missing }: Step, name: string): Promise<void> {
  const found = idle.stat(name)
  if (found === undefined) return
  if (!isBrought(changes, name, found)) await changeName(idle, name, removeAll)
  else if (found.isDirectory()) await keepBrought(idle, changes, name)
  missing.set(parentOf(name), 'folder')
}

/** A folder that an attempt before has made may hold what is of an older time, too. */
async function keepBrought(idle: Look, changes: PathList, folder: string): Promise<void> {
  for (const name of idle.listBelow(folder).keys()) {
    const found = idle.stat(name)
    if (found !== undefined && !isBrought(changes, name, found)) await changeName(idle, name, removeAll)
  }
}

async function followFile({ idle, live, changes, missing, onLeft }: Step, name: string): Promise<void> {
  const [here, there] = [idle.stat(name), live.stat(name)]
  if (here !== undefined && here.ino === there?.ino) return
  if (here !== undefined && !here.isDirectory() && isBrought(changes, name, here)) return void onLeft?.(name, here)
  missing.set(parentOf(name), 'folder')
  await changeName(idle, name, removeAll)
  if (!(await tryLink(live, idle, name))) missing.set(name, 'file')
}

/** False where the file system allows no further link, or none to a file of another owner (proc(5), protected_hardlinks). */
async function tryLink(from: Look, to: Look, name: string): Promise<boolean> {
  try {
    await changeName(to, name, (file) => link(from.fileOf(name), file))
    return true
  } catch (error) {
    if (isCode(error, 'EMLINK') || isCode(error, 'EPERM')) return false
    throw error
  }
}

/** True for what may be the work of an attempt before this one: of the wanted kind, and no other tree has a link to it. */
function isBrought(changes: PathList, name: string, found: Stats): boolean {
  const kind = changes.get(name)
  return found.isDirectory() ? kind === 'folder' : kind === 'file' && found.nlink === 1
}

// Lists of names that differ between two states of a tree, as files and in memory; names are bytes, of any value but 0.

import { lstatSync, readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { isInnerName } from '../rsync/itemize.ts'

/** What stands at a name in the newer state. */
export type EntryKind = 'file' | 'folder' | 'gone'

/** Names, one character for each byte (latin1), without slashes at their ends; `.` is the root itself. */
export type PathList = Map<string, EntryKind>

const MARKS: Readonly<Record<EntryKind, string>> = { file: '+', folder: '/', gone: '-' }
const KINDS: Readonly<Record<string, EntryKind>> = { '+': 'file', '/': 'folder', '-': 'gone' }
/** How many names are looked at before others get their turn. */
const LOOKS_AT_ONCE = 2_000

/** One entry as it is written: its mark, its name, a zero byte. */
export function encodeEntry(name: string, kind: EntryKind): string {
  return `${MARKS[kind]}${name}\0`
}

export function encodeList(list: PathList): Buffer {
  return Buffer.from([...list].map(([name, kind]) => encodeEntry(name, kind)).join(''), 'latin1')
}

/**
 * Reads what `encodeEntry` wrote. What exists goes before what is gone, whatever the order: a folder that takes the
 * place of a file is both. Null when an entry is damaged or leads out of the tree.
 */
export function decodeList(bytes: Buffer): PathList | null {
  const list: PathList = new Map()
  const entries = bytes.toString('latin1').split('\0')
  if (entries.pop() !== '') return null
  for (const entry of entries) {
    const [kind, name] = [KINDS[entry[0] ?? ''], entry.slice(1)]
    if (kind === undefined || (name !== '.' && !isInnerName(name))) return null
    addEntry(list, name, kind)
  }
  return list
}

export function addEntry(list: PathList, name: string, kind: EntryKind): void {
  if (kind !== 'gone' || !list.has(name)) list.set(name, kind)
}

/** All names of both lists; where they disagree `newer` is right. Names below what is no folder are left out. */
export function mergeLists(older: PathList, newer: PathList): PathList {
  return dropCovered(new Map([...older, ...newer]))
}

/** Leaves out the names below one that is gone or a file: they went with it, and rsync would stumble over them. */
export function dropCovered(list: PathList): PathList {
  const kept: PathList = new Map()
  for (const [name, kind] of list) if (!isCovered(list, name)) kept.set(name, kind)
  return kept
}

function isCovered(list: PathList, name: string): boolean {
  for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
    const kind = list.get(name.slice(0, slash))
    if (kind !== undefined && kind !== 'folder') return true
  }
  return false
}

/**
 * Says of every name what stands there in `folder` now. Of names below what is no folder only that is listed: whatever
 * took the folder's place, or that it is gone.
 */
export async function lookAtNames(names: Iterable<string>, folder: string): Promise<PathList> {
  const look = createLook(folder)
  const list: PathList = new Map()
  let looked = 0
  for (const name of names) {
    if (++looked % LOOKS_AT_ONCE === 0) await yieldToOthers()
    const top = look.firstNonFolder(name) ?? name
    list.set(top, look.kindOf(top))
  }
  return list
}

/** Looks at names in a tree without ever following a symlink, remembering the folders that it has seen. */
export function createLook(folder: string) {
  const root = Buffer.from(`${folder}/`)
  const fileOf = (name: string): Buffer => Buffer.concat([root, Buffer.from(name, 'latin1')])
  const lstat = (name: string) => lstatSync(fileOf(name), { throwIfNoEntry: false })
  const folders = new Map<string, boolean>()
  const isFolder = (name: string): boolean => {
    const known = folders.get(name)
    if (known !== undefined) return known
    const is = lstat(name)?.isDirectory() === true
    folders.set(name, is)
    return is
  }
  /** The topmost parent of a name that is no real folder; null when all are. */
  const firstNonFolder = (name: string): string | null => {
    for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
      if (!isFolder(name.slice(0, slash))) return name.slice(0, slash)
    }
    return null
  }
  /** What stands at a name; a name below a symlink is not there, wherever that leads. */
  const stat = (name: string) => (firstNonFolder(name) === null ? lstat(name) : undefined)
  const kindOf = (name: string): EntryKind => {
    const found = stat(name)
    return found === undefined ? 'gone' : found.isDirectory() ? 'folder' : 'file'
  }
  /** All names below a folder, with what they are. */
  const listBelow = (name: string): PathList => {
    const list: PathList = new Map()
    const waiting = [name]
    for (let inner = waiting.pop(); inner !== undefined; inner = waiting.pop()) {
      for (const entry of readdirSync(fileOf(inner), { encoding: 'latin1', withFileTypes: true })) {
        const below = `${inner}/${entry.name}`
        list.set(below, entry.isDirectory() ? 'folder' : 'file')
        if (entry.isDirectory()) waiting.push(below)
      }
    }
    return list
  }
  return { fileOf, stat, kindOf, firstNonFolder, listBelow }
}

/** @returns null when there is no such file, or it is damaged. */
export async function readList(file: string): Promise<PathList | null> {
  const bytes = await readFile(file).catch(() => null)
  return bytes === null ? null : decodeList(bytes)
}

export async function writeList(file: string, list: PathList): Promise<void> {
  await writeFile(file, encodeList(list), { mode: 0o600 })
}

/**
 * Writes the names below `folder` of a module, NUL separated, as rsync's `--files-from=- --from0` reads them. When
 * something in the root of the tree changes the root is named, too: nothing else would set its time again.
 */
export async function writeNames(file: string, list: PathList, folder: string): Promise<void> {
  const prefix = `${Buffer.from(folder === '' ? '.' : `${folder}/.`).toString('latin1')}/`
  const touchesRoot = !list.has('.') && [...list.keys()].some((name) => !name.includes('/'))
  const names = touchesRoot ? ['.', ...list.keys()] : [...list.keys()]
  await writeFile(file, Buffer.from(names.map((name) => `${prefix}${name}\0`).join(''), 'latin1'), { mode: 0o600 })
}

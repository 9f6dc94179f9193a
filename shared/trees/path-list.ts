// Lists of names that differ between two states of a tree, as files and in memory; names are bytes, of any value but 0.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { writeWhole } from '../store/write-whole.ts'

/** What stands at a name in the newer state. */
export type EntryKind = 'file' | 'folder' | 'gone'

/** Names, one character for each byte (latin1), without slashes at their ends; `.` is the root itself. */
export type PathList = Map<string, EntryKind>

const MARKS: Readonly<Record<EntryKind, string>> = { file: '+', folder: '/', gone: '-' }
const KINDS: Readonly<Record<string, EntryKind>> = { '+': 'file', '/': 'folder', '-': 'gone' }
const MAX_NAME_BYTES = 4_096

/** One entry as it is written: its mark, its name, a zero byte. */
export function encodeEntry(name: string, kind: EntryKind): string {
  return `${MARKS[kind]}${name}\0`
}

export function encodeList(list: PathList): Buffer {
  return Buffer.from([...list].map(([name, kind]) => encodeEntry(name, kind)).join(''), 'latin1')
}

/** Reads what `encodeEntry` wrote, in its order. Null when an entry is damaged or leads out of the tree. */
export function decodeEntries(bytes: Buffer): [name: string, kind: EntryKind][] | null {
  const texts = bytes.toString('latin1').split('\0')
  if (texts.pop() !== '') return null
  const entries: [string, EntryKind][] = []
  for (const text of texts) {
    const [kind, name] = [KINDS[text[0] ?? ''], text.slice(1)]
    if (kind === undefined || (name !== '.' && !isInnerName(name))) return null
    entries.push([name, kind])
  }
  return entries
}

export function decodeList(bytes: Buffer): PathList | null {
  const entries = decodeEntries(bytes)
  return entries === null ? null : listOf(entries)
}

/** What exists goes before what is gone, whatever the order: a folder that takes the place of a file is both. */
export function listOf(entries: Iterable<readonly [string, EntryKind]>): PathList {
  const list: PathList = new Map()
  for (const [name, kind] of entries) addEntry(list, name, kind)
  return list
}

/**
 * True when something that was a file is a folder later. If it had been a folder before, too, what was in that one went with it,
 * and may not be listed.
 */
export function hasReturnedFolders(entries: Iterable<readonly [string, EntryKind]>): boolean {
  const files = new Set<string>()
  for (const [name, kind] of entries) {
    if (kind === 'folder' && files.has(name)) return true
    if (kind === 'file') files.add(name)
  }
  return false
}

export function addEntry(list: PathList, name: string, kind: EntryKind): void {
  if (kind !== 'gone' || !list.has(name)) list.set(name, kind)
}

/** All names of both lists; a name that either says exists, exists. */
export function uniteLists(one: PathList, other: PathList): PathList {
  return listOf([...one, ...other])
}

/** All folders above names, each after those above it. */
export function foldersOf(names: Iterable<string>): Set<string> {
  const folders = new Set<string>()
  const add = (name: string): void => {
    const above = parentOf(name)
    if (above === '.' || folders.has(above)) return
    add(above)
    folders.add(above)
  }
  for (const name of names) add(name)
  return folders
}

/** The folder of a name; `.` for one in the root. */
export function parentOf(name: string): string {
  const slash = name.lastIndexOf('/')
  return slash < 0 ? '.' : name.slice(0, slash)
}

/** The folders of the names that are gone, which stay: their times change with their content. */
export function parentsOfGone(list: PathList): PathList {
  const parents: PathList = new Map()
  for (const [name, kind] of list) {
    const parent = parentOf(name)
    if (kind === 'gone' && (list.get(parent) ?? 'folder') === 'folder') parents.set(parent, 'folder')
  }
  return parents
}

/** How many names are gone. */
export function countGone(list: PathList): number {
  let count = 0
  for (const kind of list.values()) if (kind === 'gone') count++
  return count
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

/** What ends a stored list: how many bytes come before it, and their SHA-256 in hexadecimal. */
const SEAL = /=(\d+) ([0-9a-f]{64})\n$/

/** Null when there is no such file, or it is not whole: one of length 0 is not an empty list. */
export async function readList(file: string): Promise<PathList | null> {
  const stored = await readFile(file).catch(() => null)
  const seal = SEAL.exec(stored?.subarray(-128).toString('latin1') ?? '')
  if (stored === null || seal === null) return null
  const bytes = stored.subarray(0, stored.length - seal[0].length)
  return bytes.length === Number(seal[1]) && sumOf(bytes) === seal[2] ? decodeList(bytes) : null
}

/** Writes a list, sealed, so that half of it is never read as the whole. It is on disk when this resolves. */
export async function writeList(file: string, list: PathList): Promise<void> {
  const bytes = encodeList(list)
  await writeWhole(file, Buffer.concat([bytes, Buffer.from(`=${bytes.length} ${sumOf(bytes)}\n`)]))
}

function sumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** True for a name, one character a byte, that stays inside the tree. */
export function isInnerName(name: string): boolean {
  if (name === '' || name.length > MAX_NAME_BYTES || name.startsWith('/') || name.includes('\0')) return false
  return !name.split('/').some((part) => part === '..' || part === '')
}

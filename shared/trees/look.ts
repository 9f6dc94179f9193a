// Looks at names in a tree without ever following a symlink.

import { lstatSync, readdirSync } from 'node:fs'
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { EntryKind, PathList } from './path-list.ts'

/** How many names are looked at before others get their turn. */
const LOOKS_AT_ONCE = 2_000

export type Look = ReturnType<typeof createLook>

/** Remembers the folders that it has seen: make a new one when the tree may have changed. */
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
  /** The topmost parent of a name that is not a real folder; null when all are. */
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

/**
 * Says of every name what stands there in `folder` now. Of names below what is not a folder only that is listed: whatever
 * took the folder's place, or that it is gone.
 */
export async function lookAtNames(names: Iterable<string>, folder: string): Promise<PathList> {
  const look = createLook(folder)
  const list: PathList = new Map()
  for await (const name of yieldingNow(names)) {
    const top = look.firstNonFolder(name) ?? name
    list.set(top, look.kindOf(top))
  }
  return list
}

/** How many bytes are freed when the files that have these names in `folder` are replaced: those that no other tree has. */
export async function sizeReplaced(names: Iterable<string>, folder: string): Promise<number> {
  const look = createLook(folder)
  let bytes = 0
  for await (const name of yieldingNow(names)) {
    const found = look.stat(name)
    if (found?.isFile() && found.nlink === 1) bytes += found.size
  }
  return bytes
}

/** The same items, but others get their turn now and then. */
export async function* yieldingNow<T>(items: Iterable<T>): AsyncGenerator<T> {
  let seen = 0
  for (const item of items) {
    if (++seen % LOOKS_AT_ONCE === 0) await yieldToOthers()
    yield item
  }
}

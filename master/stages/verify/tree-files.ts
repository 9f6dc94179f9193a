// The files of a tree as clients find them: by name, through links that stay inside, in one folder or in several laid over another.

import { type Dirent, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { setImmediate as yieldToOthers } from 'node:timers/promises'

/** How many links one name may lead through. */
const MOST_LINKS = 40

/** A regular file. `name` is where it really lies in the tree, `file` on the disk. */
export interface FoundFile {
  name: string
  file: Buffer
  stats: Stats
}

export type TreeFiles = ReturnType<typeof createTreeFiles>

/**
 * Looks into `folders`, the first of which wins; names hold one character a byte. What it has seen of folders it remembers: make
 * a new one when the tree may have changed. A link that is absolute or leads out of the tree leads nowhere.
 */
export function createTreeFiles(folders: readonly string[]) {
  const roots = folders.map((folder) => Buffer.from(`${folder}/`))
  const pathIn = (root: Buffer, name: string): Buffer => Buffer.concat([root, Buffer.from(name, 'latin1')])

  const lookUp = (name: string): { file: Buffer; stats: Stats } | null => {
    for (const root of roots) {
      const file = pathIn(root, name)
      const stats = lstatSync(file, { throwIfNoEntry: false })
      if (stats !== undefined) return { file, stats }
    }
    return null
  }

  /** Where folders really lie; null for a name that is not a folder. */
  const known = new Map<string, string | null>([['', '']])
  const realFolder = (name: string, links: number): string | null => {
    const seen = known.get(name)
    if (seen !== undefined) return seen
    const found = follow(name, links)
    const real = found?.stats.isDirectory() ? found.name : null
    known.set(name, real)
    return real
  }

  const follow = (name: string, links: number): FoundFile | null => {
    const slash = name.lastIndexOf('/')
    const folder = realFolder(name.slice(0, Math.max(0, slash)), links)
    if (folder === null) return null
    const real = folder === '' ? name.slice(slash + 1) : `${folder}/${name.slice(slash + 1)}`
    let found: ReturnType<typeof lookUp>
    try {
      found = lookUp(real)
    } catch {
      // A name that is too long, or below a file, does not exist.
      return null
    }
    if (found === null || !found.stats.isSymbolicLink()) return found === null ? null : { name: real, ...found }
    const target = resolveLink(folder, readlinkSync(found.file, 'latin1'))
    return target === null || links === 0 ? null : follow(target, links - 1)
  }

  /** The names that a client's way to a file leads over: links, and at the end where it really lies, if there is something or not. */
  const wayTo = (name: string, links = MOST_LINKS): string[] => {
    const slash = name.lastIndexOf('/')
    const folder = realFolder(name.slice(0, Math.max(0, slash)), links)
    const real = folder === null || folder === '' ? name : `${folder}/${name.slice(slash + 1)}`
    const found = folder === null ? null : lookUp(real)
    if (!found?.stats.isSymbolicLink() || links === 0) return [real]
    const target = resolveLink(folder ?? '', readlinkSync(found.file, 'latin1'))
    return target === null ? [real] : [real, ...wayTo(target, links - 1)]
  }

  /** The regular file that a client finds under a name; null when it finds none. */
  const find = (name: string): FoundFile | null => {
    const found = follow(name, MOST_LINKS)
    return found?.stats.isFile() ? found : null
  }

  return {
    find,
    wayTo,
    /** Where a file of that name really lies, or would. */
    realName: (name: string): string => wayTo(name).at(-1) ?? name,
    hasFolder: (name: string): boolean => realFolder(name, MOST_LINKS) !== null,
    /** The names of all files and links in the tree; links are not followed. */
    names: () => walk(roots.map((root) => (folder: string) => listFolder(pathIn(root, folder)))),
  }
}

/** `lists` list a folder by its name, one for each of the folders that are laid over one another. */
async function* walk(lists: readonly ((folder: string) => Dirent<string>[])[]): AsyncGenerator<string> {
  const waiting = ['']
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    await yieldToOthers()
    const entries = new Map(lists.flatMap((list) => list(folder ?? '').map((entry) => [entry.name, entry] as const)))
    for (const [base, entry] of entries) {
      const name = folder === '' ? base : `${folder}/${base}`
      if (entry.isDirectory()) waiting.push(name)
      else yield name
    }
  }
}

function listFolder(folder: Buffer): Dirent<string>[] {
  try {
    return readdirSync(folder, { encoding: 'latin1', withFileTypes: true })
  } catch {
    // It is in another of the folders, or cannot be read: then its files are missing.
    return []
  }
}

/** Where the text of a link in a folder leads, by name; null when that is outside. */
function resolveLink(folder: string, text: string): string | null {
  if (text.startsWith('/')) return null
  const parts = folder === '' ? [] : folder.split('/')
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.length === 0 ? null : parts.join('/')
}

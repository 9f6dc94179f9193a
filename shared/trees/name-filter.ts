// Tells which pass of several a name belongs to, as rsync's own filters would (rsync(1), PATTERN MATCHING RULES). Pure.

import { createGlob } from './glob.ts'
import type { PathList } from './path-list.ts'
import type { NameFilter } from './source.ts'

interface Rule {
  takes: boolean
  foldersOnly: boolean
  matches: (name: string) => boolean
}

/**
 * Splits a list in the names that the filters let through and those that they hold back, which belong to a later pass: the
 * first rule that matches a name, or a folder above it, decides.
 */
export function splitByFilters(list: PathList, filters: readonly NameFilter[]): [taken: PathList, held: PathList] {
  const takesName = createNameFilter(filters)
  const [taken, held]: [PathList, PathList] = [new Map(), new Map()]
  for (const [name, kind] of list) {
    if (takesName(name, kind === 'folder')) taken.set(name, kind)
    else held.set(name, kind)
  }
  return [taken, held]
}

/** Tells of single names whether the filters let them through. What it has seen of folders it remembers. */
export function createNameFilter(filters: readonly NameFilter[]): (name: string, isFolder: boolean) => boolean {
  const rules = filters.map(toRule)
  const foldersTaken = new Map<string, boolean>()
  const takesFolder = (folder: string): boolean => {
    const known = foldersTaken.get(folder)
    if (known !== undefined) return known
    const takes = takesParent(folder, takesFolder) && takesItself(rules, folder, true)
    foldersTaken.set(folder, takes)
    return takes
  }
  return (name, isFolder) => takesParent(name, takesFolder) && takesItself(rules, name, isFolder)
}

function takesParent(name: string, takesFolder: (folder: string) => boolean): boolean {
  const slash = name.lastIndexOf('/')
  return slash < 0 || takesFolder(name.slice(0, slash))
}

function takesItself(rules: readonly Rule[], name: string, isFolder: boolean): boolean {
  if (name === '.') return true
  const rule = rules.find(({ matches, foldersOnly }) => (isFolder || !foldersOnly) && matches(name))
  return rule?.takes ?? true
}

function toRule(filter: NameFilter): Rule {
  const takes = 'include' in filter
  const pattern = Buffer.from(takes ? filter.include : filter.exclude, 'utf8').toString('latin1')
  const foldersOnly = pattern.length > 1 && pattern.endsWith('/')
  const bare = foldersOnly ? pattern.slice(0, -1) : pattern
  const isAnchored = bare.startsWith('/')
  const body = isAnchored ? bare.slice(1) : bare
  return { takes, foldersOnly, matches: createGlob(body, isAnchored) }
}

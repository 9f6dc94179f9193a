// What changed in a generation, as the check of it asks: by names where they are known, else by the files themselves.

import type { PathList } from '../../../shared/trees/path-list.ts'
import { baseOf } from '../../layouts/names.ts'
import type { FoundFile, TreeFiles } from './tree-files.ts'

export interface Changes {
  /** The names that changed; null when they are not known. */
  names: PathList | null
  /** True when the file that a client finds under a name is another one than before. */
  isChanged: (name: string, found: FoundFile) => boolean
  /** True when something of that name, in whichever folder, changed or is gone. */
  mayBeTouched: (name: string) => boolean
  isGone: (name: string) => boolean
}

/** `before` is the generation before; null for none: then all is new. Trees of two generations share the files that are the same. */
export function createChanges(names: PathList | null, before: TreeFiles | null): Changes {
  if (names === null) {
    return {
      names,
      isChanged: (name, found) => before?.find(name)?.stats.ino !== found.stats.ino,
      mayBeTouched: () => true,
      isGone: () => false,
    }
  }
  const bases = new Set<string>()
  for (const [name, kind] of names) if (kind !== 'folder') bases.add(baseOf(name))
  /** A link above it may lead elsewhere now. */
  const isMoved = (name: string): boolean => {
    for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
      if (names.get(name.slice(0, slash)) === 'file') return true
    }
    return false
  }
  return {
    names,
    isChanged: (name, found) => names.has(name) || names.has(found.name) || (found.name !== name && isMoved(name)),
    // The name may be a link, and what it leads to lies in another folder.
    mayBeTouched: (name) => bases.has(baseOf(name)),
    isGone: (name) => names.get(name) === 'gone',
  }
}

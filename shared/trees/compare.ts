// Learns in which names a source differs from a folder, by a dry run over all of it.

import { createLook } from './look.ts'
import { addEntry, type EntryKind, type PathList } from './path-list.ts'
import { isSuccess, type PullResult, type TreeChange, type TreeSource } from './source.ts'

/** Collects the changes of a pull. `isComplete` turns false when one could not be read. */
export interface ChangeCollector {
  onChange: (change: TreeChange | null) => void
  changes: () => PathList
  isComplete: () => boolean
}

export function collectChanges(): ChangeCollector {
  const list: PathList = new Map()
  let complete = true
  return {
    onChange: (change) => {
      if (change === null) {
        complete = false
        return
      }
      addEntry(list, change.name, change.kind)
      // Both names of a hard link belong to the change: one alone would come as a file of its own.
      if (change.linkedTo !== null) addEntry(list, change.linkedTo, 'file')
    },
    changes: () => list,
    isComplete: () => complete,
  }
}

/** All names in which the source differs from `folder`; `changes` is null when they could not all be learned. */
export async function learnChanges(
  source: TreeSource,
  folder: string,
): Promise<{ result: PullResult; changes: PathList | null }> {
  const collector = collectChanges()
  const result = await source({ ...lookInto(folder), onChange: collector.onChange })
  if (!isSuccess(result.outcome)) return { result, changes: null }
  if (collector.isComplete()) return { result, changes: collector.changes() }
  const error = 'the names that changed could not be told apart in the output of rsync'
  return { result: { ...result, outcome: 'permanent', error }, changes: null }
}

/** The changes without what takes something out of `folder`: for a source that told a part of its tree. */
export function withoutLosses(changes: PathList, folder: string): PathList {
  const look = createLook(folder)
  const losesNothing = ([name, kind]: [string, EntryKind]) =>
    kind === 'folder' || (kind === 'file' && look.kindOf(name) !== 'folder')
  return new Map([...changes].filter(losesNothing))
}

/** In how many entries the source differs from `folder`; null when it could not be found out. */
export async function countDifferences(source: TreeSource, folder: string): Promise<number | null> {
  let count = 0
  const onChange = () => {
    count += 1
  }
  const result = await source({ ...lookInto(folder), onChange })
  return isSuccess(result.outcome) ? count : null
}

function lookInto(folder: string) {
  return {
    name: 'what differs from the source',
    destination: folder,
    deletes: 'unlimited',
    keepPartials: false,
    dryRun: true,
  } as const
}

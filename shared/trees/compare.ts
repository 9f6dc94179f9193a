// Learns in which names a source differs from a folder, by a dry run of rsync over all of it.

import { isSuccess } from '../rsync/exit-codes.ts'
import type { ItemizedChange } from '../rsync/itemize.ts'
import type { PullResult } from '../rsync/pull.ts'
import { addEntry, type PathList } from './path-list.ts'

/** Runs a dry run into the folder that calls back for every change; null stands for one that could not be read. */
export type DryRun = (folder: string, onChange: (change: ItemizedChange | null) => void) => Promise<PullResult>

/** All names in which the source differs from `folder`; `changes` is null when they could not all be learned. */
export async function learnChanges(
  dryRun: DryRun,
  folder: string,
): Promise<{ result: PullResult; changes: PathList | null }> {
  const changes: PathList = new Map()
  let isComplete = true
  const result = await dryRun(folder, (change) => {
    if (change === null) isComplete = false
    else addChange(changes, change)
  })
  if (!isSuccess(result.outcome)) return { result, changes: null }
  if (isComplete) return { result, changes }
  const error = 'the names that changed could not be told apart in what rsync said'
  return { result: { ...result, outcome: 'permanent', error }, changes: null }
}

/** In how many entries the source differs from `folder`; null when it could not be found out. */
export async function countDifferences(dryRun: DryRun, folder: string): Promise<number | null> {
  let count = 0
  const result = await dryRun(folder, () => {
    count += 1
  })
  return isSuccess(result.outcome) ? count : null
}

/** Both names of a hard link belong to the change: one alone would come as a file of its own. */
export function addChange(list: PathList, change: ItemizedChange): void {
  addEntry(list, change.name, change.kind)
  if (change.linkedTo !== null) addEntry(list, change.linkedTo, 'file')
}

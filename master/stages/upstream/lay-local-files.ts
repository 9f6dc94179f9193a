// Lays the operator's own files over what comes from a source, whatever its kind.

import { lstat } from 'node:fs/promises'
import { splitByFilters } from '../../../shared/trees/name-filter.ts'
import { foldersOf, type PathList } from '../../../shared/trees/path-list.ts'
import { addResults } from '../../../shared/trees/pull-passes.ts'
import {
  isSuccess,
  nothingToPull,
  type PullResult,
  type TreePull,
  type TreeSource,
} from '../../../shared/trees/source.ts'
import { sparing } from '../../../shared/trees/sparing.ts'
import type { LocalFiles } from './local-files.ts'

/** What laying files over a tree takes. */
interface Laying {
  /** Pulls from their folder. */
  pullLocal: TreeSource
  /** Where names may be written for it. */
  namesFile: string
  /** Whether the source has a folder of that name, as far as that can be known before. */
  hasFolder: (name: string) => boolean
}

/**
 * The source with the files over it: it is taken not to have their names, and what has them stays. They are pulled first, as a list,
 * so that the folders that they lie in get the source's times afterwards.
 */
export function withLocalFiles(
  source: TreeSource,
  { names, bytes }: LocalFiles,
  { pullLocal, namesFile, hasFolder }: Laying,
): TreeSource {
  if (names.size === 0) return source
  const others = sparing(source, [...names.keys()])
  return async (pull) => {
    const { list, filters = [], hidden: _hidden, ...rest } = pull
    const ours = list === undefined ? splitByFilters(names, filters)[0] : within(list.names, names)
    const { linked, missing } = await lookAtFolders(pull.destination, ours)
    if (linked !== null) return inTheWay(linked)
    const own: TreePull = {
      ...rest,
      keepPartials: false,
      deletes: 'never',
      list: { names: ours, file: namesFile },
      onChange: withFolders(missing, pull.onChange),
    }
    const laid = ours.size === 0 ? nothingToPull() : await pullLocal(own)
    if (!isSuccess(laid.outcome)) return laid
    if (list === undefined) return addResults(laid, withTotals(await others(pull), names.size, bytes))
    const theirs = without(list.names, ours, hasFolder)
    return theirs.size === 0 ? laid : addResults(laid, await others({ ...pull, list: { ...list, names: theirs } }))
  }
}

function within(list: PathList, names: PathList): PathList {
  return new Map([...list].filter(([name, kind]) => kind === 'file' && names.has(name)))
}

/** The folders of what was laid get the source's times, where it has them; it is not asked for those that it has not. */
function without(list: PathList, ours: PathList, hasFolder: (name: string) => boolean): PathList {
  const others: PathList = new Map([...list].filter(([name]) => !ours.has(name)))
  for (const folder of foldersOf(ours.keys())) {
    if (hasFolder(folder)) others.set(folder, 'folder')
    else others.delete(folder)
  }
  return others
}

/** An upstream that is empty is seen to be. */
function withTotals(result: PullResult, files: number, bytes: number): PullResult {
  const { summary } = result
  if (summary.total_files <= 1) return result
  const totals = { total_files: summary.total_files + files, total_size: summary.total_size + bytes }
  return { ...result, summary: { ...summary, ...totals } }
}

/** The folders that names lie in: one that is a link in the tree, and those that are not there. */
async function lookAtFolders(destination: string, names: PathList) {
  const missing = new Set<string>()
  for (const folder of foldersOf(names.keys())) {
    const file = Buffer.concat([Buffer.from(`${destination}/`), Buffer.from(folder, 'latin1')])
    const found = await lstat(file).catch(() => null)
    // rsync would write where it leads, under a name that nobody looks at.
    if (found?.isSymbolicLink()) return { linked: Buffer.from(folder, 'latin1').toString(), missing }
    if (found === null) missing.add(folder)
  }
  return { linked: null, missing }
}

/** Tells of the folders that are made for a name, before it. */
function withFolders(missing: Set<string>, onChange: TreePull['onChange']): NonNullable<TreePull['onChange']> {
  return (change) => {
    if (change !== null)
      for (const folder of foldersOf([change.name]))
        if (missing.delete(folder)) onChange?.({ name: folder, kind: 'folder', linkedTo: null })
    onChange?.(change)
  }
}

function inTheWay(name: string): PullResult {
  const error = `${name} is a link in the tree, and a folder among the local files. Give them another place.`
  return { ...nothingToPull(), outcome: 'operator', error }
}

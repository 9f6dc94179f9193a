// Gathers what the upstream's own indices say has changed, so that it can be put into the tree: roots, then indices, then files.

import { setTimeout as sleep } from 'node:timers/promises'
import { type PathList, parentOf, readList } from '../../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../../shared/trees/project-tree.ts'
import { nothingToPull, type PullResult } from '../../../../shared/trees/source.ts'
import type { NamedFile } from '../../../layouts/layout.ts'
import { layoutOf } from '../../../layouts/layouts.ts'
import { showName } from '../../../layouts/names.ts'
import { openReaders } from '../../verify/readers.ts'
import type { Attempt, UpstreamDeps } from '../attempt.ts'
import { compareIndices, keepUnnamed } from './compare-indices.ts'
import { type ReadIndices, readIndices } from './read-indices.ts'
import { CannotGather, createStanding, openWorkbench, type Workbench } from './workbench.ts'

/** rsync compares each name that it gets with each that was asked for: beyond so many a walk is faster. */
export const MOST_GATHERED = 2_000
/** An upstream in motion has a new root by then. In milliseconds. */
const PAUSES_MS = [0, 400, 1_500]
/** A name may be a link to a link. */
const MOST_LINKS = 3

/** What was gathered. */
export interface Staged {
  /** The folder with it. */
  folder: string
  /** All names in which the tree is to change. */
  changes: PathList
  /** The traffic so far, and the totals of the tree as it will be. */
  result: PullResult
}

/**
 * Null, with the reason in the log, when the upstream must be walked instead. `onlyNames` gathers roots and indices alone: the
 * changes are then what they speak of, whether it is there or not.
 */
export async function stageByIndex(
  deps: UpstreamDeps,
  attempt: Attempt,
  { tree, served, roots, onlyNames = false }: StageRequest,
): Promise<Staged | null> {
  const { log, signal } = attempt
  const readers = await openReaders(deps, attempt, tree)
  if ('fault' in readers) return null
  const bench = await openWorkbench(attempt, tree, served)
  for (const pause of PAUSES_MS) {
    if (pause > 0) await sleep(pause, undefined, { signal })
    try {
      const layout = layoutOf(attempt.project)
      const read = await readIndices(layout, readers, bench, roots)
      return await gatherChanges(attempt, { tree, bench, read, onlyNames, unpack: readers.unpack })
    } catch (error) {
      signal.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      log.writeLine(`[not by index: ${why}]`)
      if (error instanceof CannotGather && !error.again) break
    }
  }
  log.writeLine('[the upstream is walked instead]')
  return null
}

export interface StageRequest {
  tree: ProjectTree
  /** The folder that is served. */
  served: string
  /** The ids of the roots of what is served. */
  roots: readonly string[]
  onlyNames?: boolean
}

interface Gathering {
  tree: ProjectTree
  bench: Workbench
  read: ReadIndices
  onlyNames: boolean
  unpack: (file: Buffer) => AsyncIterable<Buffer>
}

async function gatherChanges(attempt: Attempt, gathering: Gathering): Promise<Staged> {
  const { bench, read, onlyNames } = gathering
  const layout = layoutOf(attempt.project)
  const reading = { readIndex: layout.readIndex, unpack: gathering.unpack }
  const { changed, lost } = await compareIndices(reading, read.older, read.newer)
  for (const name of read.lost) lost.add(name)
  for (const name of [...changed.keys(), ...read.names]) lost.delete(name)
  await keepUnnamed(reading, read.same, lost)
  const before = bench.before()
  const standing = createStanding(bench)
  // A name that is a link goes, and what it leads to is left to a walk.
  const gone = [...lost].flatMap((name) => before.wayTo(name).slice(0, 1)).filter((name) => standing.before(name))
  if (onlyNames) return spokenOf(bench, [...changed.keys(), ...read.names], gone)
  const names = new Set([...changed.keys()].flatMap((name) => before.wayTo(name)))
  if (names.size + gone.length > MOST_GATHERED) throw new CannotGather('most of it has changed', false)
  await gatherFiles(gathering, names, gone)
  assertComplete(bench, changed)
  return conclude(attempt, gathering, names, gone)
}

/** The files, the folders whose times change with them, and what links among them lead to. */
async function gatherFiles({ tree, bench, read }: Gathering, names: Set<string>, gone: readonly string[]) {
  const standing = createStanding(bench)
  const changing = [...names, ...gone, ...[...read.names].filter((name) => !standing.isSame(name))]
  if (changing.length === 0) return
  const list = withFolders([...names, ...read.byHash], standing.foldersOf)
  for (const name of changing) for (const folder of standing.foldersOf(name)) list.set(folder, 'folder')
  for (const folder of await foldersToSettle(tree))
    if (standing.before(folder) !== undefined) list.set(folder, 'folder')
  await bench.gather('by index: what has changed', list)
  for (let turn = 0; turn < MOST_LINKS; turn++) {
    const both = bench.both()
    const missing = [...names].flatMap((name) => both.wayTo(name)).filter((name) => !names.has(name))
    if (missing.length === 0) return
    for (const name of missing) names.add(name)
    await bench.gather('by index: what links lead to', withFolders(missing, standing.foldersOf))
  }
}

function withFolders(names: Iterable<string>, foldersOf: (name: string) => readonly string[]): PathList {
  const list: PathList = new Map()
  for (const name of names) {
    list.set(name, 'file')
    for (const folder of foldersOf(name)) list.set(folder, 'folder')
  }
  return list
}

/** The tree that is filled is made equal to the served one first, and these folders get their times from the source then. */
async function foldersToSettle(tree: ProjectTree): Promise<string[]> {
  const differences = (await readList(tree.differenceFile)) ?? new Map()
  return [...differences].flatMap(([name, kind]) => (kind === 'folder' ? [name, parentOf(name)] : [parentOf(name)]))
}

/** What has gone meanwhile is named by a root that is no longer the upstream's. */
function assertComplete(bench: Workbench, changed: ReadonlyMap<string, NamedFile>): void {
  const both = bench.both()
  for (const { name, size, absence } of changed.values()) {
    const found = both.find(name)
    if (found === null && absence === 'fault_when_lost') continue
    if (found === null) throw new CannotGather(`${showName(name)} is named and not there`, true)
    if (size !== null && found.stats.size !== size) throw new CannotGather(`${showName(name)} has another size`, true)
  }
}

function conclude(
  { project }: Pick<Attempt, 'project'>,
  { bench, read }: Gathering,
  files: ReadonlySet<string>,
  gone: readonly string[],
): Staged {
  const standing = createStanding(bench)
  const isGoneRoot = (name: string) => standing.now(name) === undefined && standing.before(name) !== undefined
  const lost = new Set([...gone, ...[...read.names].filter(isGoneRoot)])
  const isNew = (name: string) => {
    const now = standing.now(name)
    return now !== undefined && !now.isDirectory() && !lost.has(name) && !standing.isSame(name)
  }
  const changed = [...new Set([...read.names, ...files])].filter(isNew)
  const added = changed.filter((name) => standing.before(name) === undefined)
  const folders = new Set([...changed, ...lost].flatMap(standing.foldersOf))
  const addedFolders = [...folders].filter((name) => name !== '.' && standing.before(name) === undefined)
  const sizes = (names: Iterable<string>, look: typeof standing.now) =>
    [...names].reduce((sum, name) => sum + (look(name)?.size ?? 0), 0)
  const grown = sizes(changed, standing.now) - sizes(changed, standing.before) - sizes(lost, standing.before)
  const changes: PathList = new Map([
    ...[...lost].map((name) => [name, 'gone'] as const),
    ...changed.map((name) => [name, 'file'] as const),
    ...[...folders].map((name) => [name, 'folder'] as const),
  ])
  const summary = {
    added: added.length,
    modified: changed.length - added.length,
    deleted: lost.size,
    errors: 0,
    bytes_transferred: bench.bytes(),
    total_files: (project.total_files ?? 0) + added.length + addedFolders.length - lost.size,
    total_size: (project.total_size ?? 0) + grown,
  }
  return { folder: bench.folder, changes, result: { ...nothingToPull(), exitCode: 0, summary } }
}

function spokenOf(bench: Workbench, names: readonly string[], gone: readonly string[]): Staged {
  const changes: PathList = new Map(gone.map((name) => [name, 'gone'] as const))
  const both = bench.both()
  for (const name of names.flatMap((one) => both.wayTo(one))) changes.set(name, 'file')
  return { folder: bench.folder, changes, result: nothingToPull() }
}

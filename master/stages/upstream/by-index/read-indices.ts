// Gathers the roots of an upstream and the indices that they name, each as its root says, whatever the upstream has by then.

import type { PathList } from '../../../../shared/trees/path-list.ts'
import type { Layout, NamedFile, Root } from '../../../layouts/layout.ts'
import { folderOf, showName } from '../../../layouts/names.ts'
import { findByHash, fingerprint } from '../../verify/check-named.ts'
import type { Readers } from '../../verify/readers.ts'
import { hasSum } from '../../verify/sums.ts'
import type { TreeFiles } from '../../verify/tree-files.ts'
import type { ReadableIndex } from './compare-indices.ts'
import { CannotGather, createStanding, type Workbench } from './workbench.ts'

/** The roots of the upstream as they are now, and what has changed in the indices. */
export interface ReadIndices {
  /** True when no root has changed: then neither has anything else that they name. */
  isUnchanged: boolean
  /** The names of the files of roots and indices that may have changed, and of by-hash files that are new. */
  names: Set<string>
  /** Those of them that lie here under their sums already, and get the upstream's times. */
  byHash: Set<string>
  /** The names of indices that no root has any more. */
  lost: Set<string>
  older: ReadableIndex[]
  newer: ReadableIndex[]
  /** Indices that are as they were. */
  same: ReadableIndex[]
}

const asFiles = (names: Iterable<string>): PathList => new Map([...names].map((name) => [name, 'file'] as const))

/** @throws {CannotGather} */
export async function readIndices(
  layout: Layout,
  readers: Readers,
  bench: Workbench,
  rootIds: readonly string[],
): Promise<ReadIndices> {
  const before = bench.before()
  const rootNames = new Set(rootIds.flatMap((id) => layout.filesOfRoot(id)).flatMap((name) => before.wayTo(name)))
  await bench.forget(rootNames)
  const around = layout.name === 'fedora' ? [] : foldersAround(rootIds, layout)
  const folders: PathList = new Map(around.map((name) => [name, 'folder'] as const))
  await bench.gather('by index: roots', new Map([...folders, ...asFiles(rootNames)]))
  const standing = createStanding(bench)
  const moved = around.find((name) => standing.now(name)?.mtimeMs !== standing.before(name)?.mtimeMs)
  if (moved !== undefined) throw new CannotGather(`there may be a new repository in ${showName(moved)}`, false)
  const found: ReadIndices = {
    isUnchanged: [...rootNames].every(standing.isSame),
    names: rootNames,
    byHash: new Set(),
    lost: new Set(),
    older: [],
    newer: [],
    same: [],
  }
  if (found.isUnchanged) return found
  const pairs: RootPair[] = []
  for (const id of rootIds) pairs.push(await readPair(layout, readers, bench, id))
  const fresh = pairs.flatMap((pair) => freshOf(pair, before, standing.isSame))
  await gatherFresh(bench, found, fresh)
  const isFresh = new Set(fresh)
  const named = new Set(pairs.flatMap(({ now }) => now.names.map(({ name }) => name)))
  const both = bench.both()
  for (const { now, old } of pairs) {
    const current = new Set(now.names.filter((file) => !isFresh.has(file)).map(fingerprint))
    found.newer.push(
      ...readable(
        now.names.filter((file) => isFresh.has(file)),
        both,
      ),
    )
    found.same.push(
      ...readable(
        now.names.filter((file) => !isFresh.has(file)),
        both,
      ),
    )
    found.older.push(
      ...readable(
        old.names.filter((file) => !current.has(fingerprint(file))),
        before,
      ),
    )
    for (const { name } of old.names) if (!named.has(name)) found.lost.add(name)
  }
  return found
}

/**
 * The folders in which further repositories would be: those around a repository's own. A new one gives them another time; the top
 * of the tree often has another one without that.
 */
function foldersAround(rootIds: readonly string[], layout: Layout): string[] {
  const own = new Set(rootIds.map((id) => layout.folderOfRoot(id)))
  const around = new Set<string>()
  for (const folder of own)
    for (let above = folderOf(folder); above !== ''; above = folderOf(above)) if (!own.has(above)) around.add(above)
  return [...around]
}

interface RootPair {
  now: Root
  old: Root
}

async function readPair(layout: Layout, readers: Readers, bench: Workbench, id: string): Promise<RootPair> {
  const old = await layout.readRoot(id, readers.unchecked(bench.before()))
  const now = await layout.readRoot(id, readers.checked(bench.upstream()))
  if (now.files.length === 0) throw new CannotGather(`${showName(id)} is gone`, false)
  const fault = now.problems.find(({ kind }) => kind !== 'differs' && kind !== 'missing')
  if (now.names.length < Math.min(1, old.names.length))
    throw new CannotGather(fault?.text ?? `${showName(id)} names nothing`, true)
  if (now.time !== null && old.time !== null && now.time < old.time)
    throw new CannotGather(`${showName(id)} is older than what is served`, true)
  return { now, old }
}

/** What a root names otherwise than before. Of forms that are not mirrored there is nothing to ask for. */
function freshOf({ now, old }: RootPair, before: TreeFiles, isSame: (name: string) => boolean): NamedFile[] {
  const known = new Set(old.names.map(fingerprint))
  return now.names.filter((file) => {
    // A root that is an index itself says nothing of itself.
    const isKnown = known.has(fingerprint(file)) && (file.sum !== null || before.wayTo(file.name).every(isSame))
    const hasForms = (file.forms ?? []).some((form) => before.find(form) !== null)
    return !isKnown && !(hasForms && before.find(file.name) === null)
  })
}

/** What the upstream has under the plain name may be newer than the root: under its sum it has not changed. */
async function gatherFresh(bench: Workbench, found: ReadIndices, fresh: readonly NamedFile[]): Promise<void> {
  const before = bench.before()
  const asked = fresh.filter(({ sum }) => sum !== null)
  const names = asked.map(({ name }) => before.realName(name))
  await bench.gather('by index: indices', asFiles(names))
  const wrong: NamedFile[] = []
  for (const file of asked) if (!(await isRight(bench.both(), file))) wrong.push(file)
  const byHash = wrong.flatMap((one) => (offersByHash(before, one) ? [one.byHash] : []))
  await bench.gather('by index: indices by their sums', asFiles(byHash))
  for (const file of wrong) {
    const right = await findByHash({ files: bench.upstream() }, file)
    if (right !== null) await bench.place.link(before.realName(file.name), right.file)
    else await assertNotMirrored(bench, file)
  }
  for (const name of names) found.names.add(name)
  for (const file of asked) {
    const right = (await isRight(bench.both(), file)) ? bench.both().find(file.name) : null
    if (right === null || !offersByHash(before, file)) continue
    if (before.find(file.byHash) === null) await bench.place.link(file.byHash, right.file)
    found.names.add(file.byHash)
    found.byHash.add(file.byHash)
  }
}

function offersByHash(before: TreeFiles, file: NamedFile): file is NamedFile & { byHash: string } {
  return file.byHash !== undefined && before.hasFolder(folderOf(file.byHash))
}

async function isRight(files: TreeFiles, { name, size, sum }: NamedFile): Promise<boolean> {
  const found = files.find(name)
  if (found === null || (size !== null && found.stats.size !== size)) return false
  return sum === null || hasSum(found.file, sum)
}

/** An index that neither the upstream nor the tree has is not mirrored, unless none of its forms is there. */
async function assertNotMirrored(bench: Workbench, file: NamedFile): Promise<void> {
  const [before, now] = [bench.before(), bench.upstream()]
  if (before.find(file.name) === null && now.find(file.name) === null && (file.forms?.length ?? 1) > 1) {
    if ((file.forms ?? []).some((form) => now.find(form) !== null || before.find(form) !== null)) return
    if (!before.hasFolder(folderOf(file.name))) return
  }
  if (file.absence === 'fault_when_lost' && now.find(file.name) === null && before.find(file.name) === null) return
  throw new CannotGather(`${showName(file.name)} is not as its root says`, true)
}

/** Those of the files that can be read as indices, each content once. */
function readable(names: readonly NamedFile[], files: TreeFiles): ReadableIndex[] {
  const done = new Set<string>()
  return names.flatMap((index) => {
    const content = index.forms?.[0] ?? index.name
    const found = index.reads === null || done.has(content) ? null : files.find(index.name)
    if (found === null) return []
    done.add(content)
    return [{ index, file: found.file }]
  })
}

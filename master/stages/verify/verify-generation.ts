// Verifies the tree of a new generation before it is sealed: the parts that judge, repair and fetch again, put together.

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { UpstreamVerify } from '../../../shared/schemas/run.ts'
import type { PathList } from '../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { pullRoot } from '../../../shared/trees/pull-listed.ts'
import type { PullResult, TreePull } from '../../../shared/trees/source.ts'
import type { Judged } from '../../../shared/trees/tree-record.ts'
import { layoutOf } from '../../layouts/layouts.ts'
import { verifyOf } from '../../records/verify-mode.ts'
import type { Attempt, UpstreamDeps } from '../upstream/attempt.ts'
import { createChanges } from './changes.ts'
import { judgeTree } from './judge.ts'
import { createLeftOut } from './left-out.ts'
import { createPlace } from './place.ts'
import { checkedBy, openReaders } from './readers.ts'
import { repairTree } from './repair.ts'
import { showVerified, verifyTree } from './rounds.ts'
import { createTreeFiles } from './tree-files.ts'

/** A tree that was filled, and is not published yet. */
export interface FreshTree {
  tree: ProjectTree
  /** The folders that it lies in, laid over one another; what is repaired or fetched again goes into the first. */
  folders: readonly string[]
  /** The generation before; null when there is none. `tag` is null when nothing is known of it. */
  before: { folder: string; tag: string | null } | null
  /** What changed since; null when it is not known. */
  changes: PathList | null
  /** True for a tree that is served already: it stays as it is, whatever is found. */
  isServed?: boolean
  /** Told, and waited for, before names are changed. */
  onTouch?: (names: readonly string[]) => Promise<void>
}

/** What came of it. */
export interface VerifiedTree {
  verify: UpstreamVerify
  isHeld: boolean
  /** What the record of the tree is to say of it, when it is published under a tag. */
  judged: Omit<Judged, 'tag'>
  /** The names that were repaired or fetched again. */
  touched: Set<string>
  /** Names that are gone upstream and that an index of this generation still names. */
  stillNamed: ReadonlySet<string>
  fetched: number
}

/** Null when the project does not ask for it. */
export async function verifyGeneration(
  deps: UpstreamDeps,
  attempt: Attempt,
  fresh: FreshTree,
): Promise<VerifiedTree | null> {
  const { project, request, signal, log } = attempt
  const asked = verifyOf(project)
  if (asked === 'off') return null
  const verify = fresh.isServed || request.publishHeld ? 'warn' : asked
  const { writeLine } = log
  const { tree, folders, before } = fresh
  const layout = layoutOf(project)
  const by = checkedBy(project)
  const readers = await openReaders(deps, attempt, tree)
  if ('fault' in readers) return withoutKeyring(readers.fault, by, verify)
  const isLeftOut = createLeftOut(project)
  const touched = new Set<string>()
  const touch = async (names: readonly string[]): Promise<void> => {
    for (const name of names) touched.add(name)
    await fresh.onTouch?.(names)
  }
  const [folder = ''] = folders
  const place = createPlace(folder, readers.workFolder)
  const filesNow = () => createTreeFiles(folders)
  const { judged = null } = tree.record
  const known = judged?.by === by && judged.tag === before?.tag ? judged : null

  if (fresh.isServed && known !== null && request.mode === 'sync') return asJudged(known)
  const judge = () => {
    const [files, old] = [filesNow(), before === null ? null : createTreeFiles([before.folder])]
    const names =
      fresh.changes === null
        ? null
        : new Map([...fresh.changes, ...[...touched].map((name) => [name, 'file'] as const)])
    return judgeTree({
      layout,
      files,
      before: old,
      changes: createChanges(names, old),
      allSums: request.mode === 'full',
      isLeftOut,
      reader: readers.checked(files),
      readerBefore: old === null ? null : readers.unchecked(old),
      rootsBefore: known === null || known.problems.length > 0 ? null : known.roots,
      unpack: readers.unpack,
    })
  }
  const repair: Parameters<typeof verifyTree>[0]['repair'] = (problems) => {
    const old = before === null ? null : createTreeFiles([before.folder])
    const isRoot = (name: string) => layout.rootOf(name) !== null
    return repairTree({ files: filesNow(), before: old, isRoot, place, onTouch: touch, writeLine }, problems)
  }
  const refetch = async (names: readonly string[]): Promise<PullResult> => {
    const files = filesNow()
    const wanted = [...new Set(names.flatMap((name) => files.wayTo(name)))]
    const staged = await pullAside(attempt, tree, 'again', wanted)
    const came: string[] = []
    for await (const name of createTreeFiles([staged.folder]).names()) came.push(name)
    await touch(came)
    for (const name of came) await place.move(name, Buffer.from(path.join(staged.folder, name), 'latin1'))
    return staged.result
  }

  const verified = await verifyTree({ judge, repair, refetch: fresh.isServed ? null : refetch, writeLine, signal })
  const { judgement } = verified
  const shown = showVerified(verified, verify)
  await rm(readers.workFolder, { recursive: true, force: true })
  return {
    verify: shown,
    isHeld: shown.state === 'held',
    judged: { by, roots: judgement.roots, problems: shown.problems, grade: judgement.grade },
    touched,
    stillNamed: judgement.stillNamed,
    fetched: verified.fetched,
  }
}

/**
 * Gives folders their times and modes from the source, after names in them were changed here. Node.js cannot: it sets times to
 * the microsecond, and they are compared to the nanosecond.
 */
export async function settleFolders(
  { source }: Pick<Attempt, 'source'>,
  tree: ProjectTree,
  destination: string,
  names: Iterable<string>,
): Promise<void> {
  const folders: PathList = new Map([...names].map((name) => [name, 'folder']))
  const around = { destination, deletes: 'never' as const, keepPartials: false }
  const isRootTouched = folders.delete('.')
  if (folders.size > 0)
    await source({ ...around, name: 'times of folders', list: { names: folders, file: tree.namesFile } })
  if (isRootTouched) await pullRoot(source, tree.namesFile, around)
}

/** Pulls names into an empty folder beside the trees. What the source does not have does not come. */
export async function pullAside(
  { source }: Pick<Attempt, 'source'>,
  tree: ProjectTree,
  aside: string,
  names: readonly string[],
  kinds?: PathList,
): Promise<{ folder: string; result: PullResult }> {
  const folder = path.join(tree.workFolder, aside)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const list: PathList = new Map(names.map((name) => [name, kinds?.get(name) ?? 'file']))
  const pull: TreePull = {
    name: 'names that are fetched by themselves',
    destination: folder,
    deletes: 'never',
    keepPartials: false,
    list: { names: list, file: tree.namesFile },
  }
  return { folder, result: await source(pull) }
}

/** Nothing can be said of a tree whose roots cannot be checked. */
function withoutKeyring(fault: string, by: string, verify: 'warn' | 'hold'): VerifiedTree {
  const state = verify === 'hold' ? 'held' : 'warned'
  return {
    verify: { state, problems: [fault], checked: 0, grade: null },
    isHeld: verify === 'hold',
    judged: { by, roots: [], problems: [fault], grade: null },
    touched: new Set(),
    stillNamed: new Set(),
    fetched: 0,
  }
}

/** What was said of a generation when it was made. */
function asJudged(judged: Judged): VerifiedTree {
  const { problems, grade } = judged
  const state = problems.length === 0 ? 'whole' : 'warned'
  const nothing = { touched: new Set<string>(), stillNamed: new Set<string>(), fetched: 0 }
  return { verify: { state, problems, checked: 0, grade }, isHeld: false, judged, ...nothing }
}

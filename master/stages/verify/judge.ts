// Judges whether a tree is whole by its own indices, at the cost of what changed since a generation that was.

import type { Layout, NamedFile, Root, RootReader } from '../../layouts/layout.ts'
import { showName } from '../../layouts/names.ts'
import {
  addProblem,
  type CheckContext,
  checkNamed,
  type Findings,
  findByHash,
  fingerprint,
  noFindings,
} from './check-named.ts'
import { judgeLostRoot } from './lost-root.ts'

export interface JudgeInput extends CheckContext {
  layout: Layout
  reader: RootReader
  /** For roots of the generation before, whose signatures were checked in their time. */
  readerBefore: RootReader | null
  /** The ids of the roots of the generation before, if that was found whole; else null, and everything is looked at. */
  rootsBefore: readonly string[] | null
  unpack: (file: Buffer) => AsyncIterable<Buffer>
}

/**
 * What was found. `grade`: `full` when there is no problem; `apt` when only clients that do not ask for indices by their sums
 * would see one; else null.
 */
export interface Judgement extends Findings {
  grade: 'full' | 'apt' | null
  roots: string[]
  /** From when on clients refuse one of them, in milliseconds; null when none says so. */
  expires: number | null
  /** The files of each root, by each of their names: they belong to one moment of the upstream. */
  rootFiles: ReadonlyMap<string, readonly string[]>
}

export async function judgeTree(input: JudgeInput): Promise<Judgement> {
  const findings = noFindings()
  const roots: string[] = []
  const expiries: number[] = []
  const rootFiles = new Map<string, readonly string[]>()
  const later: Index[] = []
  const checked = new Set<string>()
  for (const id of await findRoots(input)) {
    const root = await input.layout.readRoot(id, input.reader)
    if (root.files.length === 0) {
      await judgeLostRoot(input, findings, id)
      continue
    }
    roots.push(id)
    if (typeof root.expires === 'number') expiries.push(root.expires)
    for (const name of root.files) rootFiles.set(name, root.files)
    for (const problem of root.problems) addProblem(findings, problem)
    later.push(...(await judgeRoot(input, findings, root, checked)))
  }
  if (roots.length === 0) {
    const text = `The tree has no root of the layout "${input.layout.name}". Look at rsync_module and at the project's layout.`
    addProblem(findings, { kind: 'missing', name: '', text, breaks: 'apt', refetch: [], root: [] })
  }
  // Indices that are as before are read only for names in which something changed.
  if (hasLosses(input)) {
    for (const index of later)
      await readFiles(input, findings, index, async (file) => {
        if (input.changes.mayBeTouched(file.name)) await check(input, findings, index, file, checked)
      })
  }
  const breaksApt = findings.problems.some(({ breaks }) => breaks === 'apt')
  const expires = expiries.length === 0 ? null : Math.min(...expiries)
  return { ...findings, roots, expires, rootFiles, grade: findings.total === 0 ? 'full' : breaksApt ? null : 'apt' }
}

/** An index that is right, where its bytes are, and the root that names it. */
interface Index {
  root: Root
  index: NamedFile
  file: Buffer
}

async function findRoots({ layout, files, changes, rootsBefore }: JudgeInput): Promise<string[]> {
  const ids = new Set<string>(rootsBefore ?? [])
  const add = (name: string) => {
    const id = layout.rootOf(name)
    if (id !== null) ids.add(id)
  }
  if (rootsBefore !== null && changes.names !== null) for (const name of changes.names.keys()) add(name)
  else for await (const name of files.names()) add(name)
  return [...ids].sort()
}

/** True when files were replaced or are gone, which an index that did not change may still name as they were. */
function hasLosses({ changes, before }: JudgeInput): boolean {
  if (changes.names === null) return true
  for (const [name, kind] of changes.names) if (kind === 'gone' || (kind === 'file' && before?.find(name))) return true
  return false
}

/** Checks what a root names, and what the indices among that name. Returns the indices that are as before, unread. */
async function judgeRoot(input: JudgeInput, findings: Findings, root: Root, checked: Set<string>): Promise<Index[]> {
  const old = await readOldRoot(input, root.id)
  if (old?.time != null && root.time !== null && root.time < old.time) {
    const [now, then] = [root.time, old.time].map((time) => new Date(time).toISOString())
    const text = `${showName(root.id)} is of ${now}, older than what is served (${then}).`
    addProblem(findings, { kind: 'older', name: root.id, text, breaks: 'apt', refetch: root.files, root: root.files })
  }
  const known = new Set(input.rootsBefore === null || input.allSums ? [] : old?.names.map(fingerprint))
  const isAsBefore = (file: NamedFile): boolean => {
    const found = input.files.find(file.name)
    return known.has(fingerprint(file)) && found !== null && !input.changes.isChanged(file.name, found)
  }
  const [fresh, asBefore]: [Index[], Index[]] = [[], []]
  const done = new Set<string>()
  for (const file of root.names) {
    const same = isAsBefore(file)
    const by = showName(root.files[0] ?? root.id)
    const isRight = same || (await checkNamed(input, findings, file, { by, withSum: true, root: root.files }))
    await checkByHash(input, findings, file, isRight && !same)
    const found = isRight ? input.files.find(file.name) : await findByHash(input, file)
    const content = file.forms?.[0] ?? file.name
    if (file.reads === null || found === null || done.has(content)) continue
    done.add(content)
    ;(same ? asBefore : fresh).push({ root, index: file, file: found.file })
  }
  const seen =
    fresh.length === 0 || old === null || known.size === 0 ? new Set<string>() : await readOld(input, old, asBefore)
  for (const index of fresh) {
    await readFiles(input, findings, index, async (file) => {
      if (!seen.has(fingerprint(file)) || input.changes.mayBeTouched(file.name))
        await check(input, findings, index, file, checked)
    })
  }
  return asBefore
}

/** What the archive offers under sums must be there under its sum; where it is not, the plain name has it. */
async function checkByHash(input: JudgeInput, findings: Findings, file: NamedFile, isFresh: boolean): Promise<void> {
  const { byHash, name } = file
  if (byHash === undefined || !isFresh || input.files.find(byHash) !== null) return
  if (!input.files.hasFolder(byHash.slice(0, byHash.lastIndexOf('/'))) || input.isLeftOut(byHash, file.size)) return
  const text = `${showName(byHash)} is missing, which is ${showName(name)} under its sum.`
  addProblem(findings, {
    kind: 'missing',
    name: byHash,
    text,
    breaks: 'full',
    repair: { link: name, to: byHash },
    refetch: [byHash],
    root: [],
  })
}

async function check(
  input: JudgeInput,
  findings: Findings,
  { root, index }: Index,
  file: NamedFile,
  checked: Set<string>,
) {
  const key = fingerprint(file)
  if (checked.has(key)) return
  checked.add(key)
  await checkNamed(input, findings, file, {
    by: showName(index.name),
    withSum: false,
    root: root.files,
  })
}

async function readFiles(
  input: Pick<JudgeInput, 'layout' | 'unpack'>,
  findings: Findings,
  { root, index, file }: Index,
  take: (file: NamedFile) => Promise<void>,
): Promise<void> {
  try {
    for await (const batch of input.layout.readIndex(index, input.unpack(file)))
      for (const one of batch) await take(one)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const text = `${showName(index.name)} cannot be read: ${reason}.`
    const again = [index.name, ...(index.byHash === undefined ? [] : [index.byHash])]
    addProblem(findings, {
      kind: 'unreadable',
      name: index.name,
      text,
      breaks: 'apt',
      refetch: again,
      root: root.files,
    })
  }
}

/** The same root in the generation before; null when it was not there, or cannot be read. */
async function readOldRoot({ layout, readerBefore }: JudgeInput, id: string): Promise<Root | null> {
  if (readerBefore === null) return null
  const old = await layout.readRoot(id, readerBefore).catch(() => null)
  return old === null || old.files.length === 0 ? null : old
}

/** What the indices of the generation before named, of those that are not as before. */
async function readOld(input: JudgeInput, old: Root, asBefore: readonly Index[]): Promise<Set<string>> {
  const seen = new Set<string>()
  const { before } = input
  if (before === null) return seen
  const skipped = new Set(asBefore.map(({ index }) => index.name))
  const done = new Set<string>()
  for (const index of old.names) {
    const found = before.find(index.name)
    const content = index.forms?.[0] ?? index.name
    if (index.reads === null || found === null || skipped.has(index.name) || done.has(content)) continue
    done.add(content)
    await readFiles(input, noFindings(), { root: old, index, file: found.file }, async (file) => {
      seen.add(fingerprint(file))
    })
  }
  return seen
}

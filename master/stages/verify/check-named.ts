// Checks whether the files that roots and indices name are there, as they are named.

import { hash } from 'node:crypto'
import type { NamedFile, Problem } from '../../layouts/layout.ts'
import { folderOf, showName } from '../../layouts/names.ts'
import type { Changes } from './changes.ts'
import { hasSum } from './sums.ts'
import type { FoundFile, TreeFiles } from './tree-files.ts'

export interface CheckContext {
  files: TreeFiles
  /** The generation before; null when there is none. */
  before: TreeFiles | null
  changes: Changes
  /** Compute the sums of all files, not only of those that changed. */
  allSums: boolean
  /** True for names that the project does not mirror. */
  isLeftOut: (name: string, size: number | null) => boolean
}

/** Problems beyond so many are counted only. */
const MOST_PROBLEMS = 10_000

/** What has been found so far. */
export interface Findings {
  problems: Problem[]
  /** How many problems there are in all. */
  total: number
  /** How many names were looked at. */
  checked: number
  /** How many names are not mirrored here, and need not be. */
  leftOut: number
  /** Names that are gone upstream and still named. */
  stillNamed: Set<string>
}

export function noFindings(): Findings {
  return { problems: [], total: 0, checked: 0, leftOut: 0, stillNamed: new Set() }
}

export function addProblem(findings: Findings, problem: Problem): void {
  findings.total += 1
  if (findings.problems.length < MOST_PROBLEMS) findings.problems.push(problem)
}

/** Tells one entry of an index from others, in few bytes. */
export function fingerprint({ name, size, sum, stamp = '' }: NamedFile): string {
  return hash('sha256', Buffer.from(`${name}\0${size}\0${sum?.hex}\0${stamp}`, 'latin1'), 'base64').slice(0, 16)
}

/**
 * Checks one file that `by` names, of a root with these files. `withSum`: compute its sum whether it changed or not. True when the
 * file is right.
 */
export async function checkNamed(
  context: CheckContext,
  findings: Findings,
  file: NamedFile,
  { by, withSum, root }: { by: string; withSum: boolean; root: readonly string[] },
): Promise<boolean> {
  findings.checked += 1
  if (context.changes.isGone(file.name)) findings.stillNamed.add(file.name)
  const found = context.files.find(file.name)
  if (found === null) {
    const text = judgeAbsence(context, findings, file, by)
    if (text !== null) await add(context, findings, file, { kind: 'missing', text, root })
    return false
  }
  const fault = await faultOf(context, file, found, withSum)
  if (fault === null) return true
  const says =
    fault === 'size' ? `has ${found.stats.size} bytes, and ${by} says ${file.size}` : `has another sum than ${by} says`
  await add(context, findings, file, { kind: fault, text: `${showName(file.name)} ${says}.`, root })
  return false
}

/** The bytes of an index under the name of their sum, where they are right. */
export async function findByHash(context: Pick<CheckContext, 'files'>, file: NamedFile): Promise<FoundFile | null> {
  const found = file.byHash === undefined ? null : context.files.find(file.byHash)
  if (found === null || found.stats.size !== file.size || file.sum === null) return null
  return (await hasSum(found.file, file.sum)) ? found : null
}

async function faultOf(
  { changes, allSums }: CheckContext,
  { name, size, sum }: NamedFile,
  found: FoundFile,
  withSum: boolean,
): Promise<'size' | 'sum' | null> {
  if (size !== null && found.stats.size !== size) return 'size'
  const looksInside = sum !== null && (allSums || withSum || changes.isChanged(name, found))
  return looksInside && !(await hasSum(found.file, sum)) ? 'sum' : null
}

/** Why it is a fault that a file is not there; null when it is not a fault. */
function judgeAbsence(
  { files, before, isLeftOut }: CheckContext,
  findings: Findings,
  file: NamedFile,
  by: string,
): string | null {
  const { name, forms = [name], size, absence } = file
  if (forms.some((one) => files.find(one) !== null)) return null
  // Of a group of forms one problem is enough.
  if (forms[0] !== name) return null
  const had = (one: string) => before?.find(one) !== null && before !== null
  // Upstreams mirror a part of what they name themselves: architectures as whole folders.
  const isPart = forms.length > 1 && !files.hasFolder(folderOf(name)) && !before?.hasFolder(folderOf(name))
  if (forms.every((one) => isLeftOut(one, size)) || isPart || (absence === 'fault_when_lost' && !had(name))) {
    findings.leftOut += 1
    return null
  }
  const others = forms.length > 1 ? ', in none of its forms' : ''
  return `${showName(name)} is missing${others}; ${by} names it.`
}

interface Wrong {
  kind: 'missing' | 'size' | 'sum'
  text: string
  root: readonly string[]
}

/** Clients that ask by sum do not notice a wrong name whose bytes lie under their sum. */
async function add(
  context: CheckContext,
  findings: Findings,
  file: NamedFile,
  { kind, text, root }: Wrong,
): Promise<void> {
  const { name, byHash, forms = [name] } = file
  const isByHash = (await findByHash(context, file)) !== null
  const repair = isByHash && byHash !== undefined ? { repair: { link: byHash, to: name } } : {}
  const refetch = [
    ...forms.filter((form) => form === name || kind === 'missing'),
    ...(byHash === undefined ? [] : [byHash]),
  ]
  addProblem(findings, { kind, name, text, breaks: isByHash ? 'full' : 'apt', ...repair, wants: file, refetch, root })
}

// What a mirror is to be after a run, from what the upstream has and what the mirror had: told apart from rsync.

import path from 'node:path'
import { isRoot } from './edit-vocabulary.ts'
import type { Entry, Snapshot } from './tree-snapshot.ts'

/** What a project's options say. */
export interface Rules {
  /** `-H`. */
  hardLinks: boolean
  /** Files above so many bytes are passed over. */
  maxSize: number
  /** `--exclude` of a plain name. */
  excluded: readonly string[]
  /** `-m`: no folders without files. */
  prunes: boolean
}

/** `-aH`. */
export const PLAIN: Rules = { hardLinks: true, maxSize: Number.POSITIVE_INFINITY, excluded: [], prunes: false }

/** `kept` names are passed over: they are as they were. */
export interface Expected {
  tree: Snapshot
  kept: ReadonlySet<string>
}

/** What an rsync that is at work at the upstream leaves there (docs/upstreams.md): whatever has its folders' names, and files of a random end. */
const LEFT_NAMES = ['.~tmp~', '.rsync-partial']
const LEFT_FILE = /^\..*\.(?=[A-Za-z0-9]{6}$)[A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*$/s

export function expectMirror(upstream: Snapshot, before: Snapshot, rules: Rules): Expected {
  const shown = showOf(upstream, rules)
  const tree = new Map<string, Entry>()
  const kept = new Set<string>()
  for (const [name, entry] of shown) {
    if (!isPassedOver(name, entry, rules)) {
      tree.set(name, asKept(name, entry, rules))
      continue
    }
    for (const [had, its] of before)
      if (had === name || had.startsWith(`${name}/`)) {
        tree.set(had, its)
        kept.add(had)
      }
  }
  return { tree, kept }
}

function showOf(upstream: Snapshot, { excluded, prunes }: Rules): Map<string, Entry> {
  const shown = new Map<string, Entry>()
  for (const [name, entry] of upstream) {
    const [last, parent] = [path.posix.basename(name), path.posix.dirname(name)]
    const isLeft = LEFT_NAMES.includes(last) || (entry.kind !== 'folder' && LEFT_FILE.test(last))
    if ((name === '.' || shown.has(parent)) && !isLeft && !excluded.includes(last)) shown.set(name, entry)
  }
  if (prunes) for (const name of [...shown.keys()].reverse()) if (isEmptyFolder(name, shown)) shown.delete(name)
  return shown
}

function isEmptyFolder(name: string, shown: ReadonlyMap<string, Entry>): boolean {
  const isFolder = name !== '.' && shown.get(name)?.kind === 'folder'
  return isFolder && ![...shown.keys()].some((other) => other.startsWith(`${name}/`))
}

/** What is no file, leads out of the tree, or is too large does not come; and what stands at its name is not gone. */
function isPassedOver(name: string, { kind, content, size }: Entry, { maxSize }: Rules): boolean {
  if (kind === 'special') return true
  return kind === 'link' ? leadsOut(name, content) : kind === 'file' && size > maxSize
}

function leadsOut(name: string, target: string): boolean {
  const end = path.posix.join('/tree', path.posix.dirname(name), target)
  return target.startsWith('/') || !`${end}/`.startsWith('/tree/')
}

/** The node's user must be able to read it, and nobody gets a program with another one's rights. */
function asKept(name: string, entry: Entry, { hardLinks }: Rules): Entry {
  const opened = entry.kind === 'folder' ? 0o700 : entry.kind === 'file' ? 0o400 : 0
  const own = `${process.getuid?.()}:${process.getgid?.()}`
  return {
    ...entry,
    mode: (entry.mode | opened) & ~0o6000,
    owner: isRoot ? entry.owner : own,
    ino: hardLinks ? entry.ino : numberOf(name),
  }
}

/** One for each name: nothing is linked. */
function numberOf(name: string): bigint {
  return BigInt(`0x${Buffer.from(name, 'latin1').toString('hex')}`)
}

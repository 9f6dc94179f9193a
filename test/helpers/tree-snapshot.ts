// A tree as it is at one moment: every name, byte for byte, with what a mirror keeps of it.

import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { namesIn } from './open-modes.ts'

/** `mtime` is in nanoseconds since 1970; `content` a file's sum, or where a symlink leads; `ino` tells hard links. */
export interface Entry {
  kind: 'file' | 'folder' | 'link' | 'special'
  mode: number
  owner: string
  size: number
  mtime: bigint
  content: string
  ino: bigint
}

/** By their names (latin1), folders before what is in them; the root is `.`. */
export type Snapshot = ReadonlyMap<string, Entry>

/** Reads a tree; what is closed to its own user is opened for that moment. A folder that is not there is an empty tree. */
export function snapshot(root: string): Snapshot {
  const tree = new Map<string, Entry>()
  if (lstatSync(root, { throwIfNoEntry: false }) !== undefined) addTo(tree, Buffer.from(`${root}/.`), '.')
  return tree
}

function addTo(tree: Map<string, Entry>, at: Buffer, name: string): void {
  const stats = lstatSync(at, { bigint: true })
  const mode = Number(stats.mode) & 0o7777
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'special'
  const read = () => (kind === 'file' ? createHash('sha256').update(readFileSync(at)).digest('hex').slice(0, 12) : '')
  tree.set(name, {
    kind,
    mode: kind === 'link' ? 0 : mode,
    owner: `${stats.uid}:${stats.gid}`,
    size: kind === 'file' ? Number(stats.size) : 0,
    mtime: stats.mtimeNs,
    content: kind === 'link' ? readlinkSync(at, 'latin1') : despiteMode(at, kind, mode, read),
    ino: stats.ino,
  })
  if (kind !== 'folder') return
  despiteMode(at, kind, mode, () => {
    for (const inner of namesIn(at)) {
      const innerName = inner.toString('latin1')
      addTo(tree, Buffer.concat([at, Buffer.from('/'), inner]), name === '.' ? innerName : `${name}/${innerName}`)
    }
  })
}

function despiteMode<T>(at: Buffer, kind: Entry['kind'], mode: number, read: () => T): T {
  const isClosed = (kind === 'file' || kind === 'folder') && (mode & 0o500) !== 0o500
  if (isClosed) chmodSync(at, mode | 0o500)
  const found = read()
  if (isClosed) chmodSync(at, mode)
  return found
}

/**
 * One line for each name, to be compared and read. `loosely` names are those that the upstream does not have so any more: links of
 * others to them do not count, nor do folders' times, which follow what is done in them.
 */
export function describeTree(tree: Snapshot, loosely: (name: string) => boolean = () => false): Record<string, string> {
  const firsts = new Map<bigint, string>()
  const lines: Record<string, string> = {}
  for (const [name, { kind, mode, owner, size, mtime, content, ino }] of tree) {
    const isLoose = loosely(name)
    const isLinked = kind === 'file' && !isLoose
    const first = isLinked ? (firsts.get(ino) ?? name) : name
    if (isLinked) firsts.set(ino, first)
    const time = kind === 'folder' && isLoose ? '' : mtime
    lines[name] =
      `${kind} ${mode.toString(8)} ${owner} ${size} ${time} ${content}${first === name ? '' : ` = ${first}`}`
  }
  return lines
}

/** What became of a tree, as runs count it. `replaced` names are of another kind now, which counts as added or as modified. */
export function countBetween(before: Snapshot, after: Snapshot) {
  // The root is made before anything is pulled.
  const added = [...after.keys()].filter((name) => name !== '.' && !before.has(name)).length
  const deleted = [...before.keys()].filter((name) => !after.has(name)).length
  let modified = 0
  const replaced: string[] = []
  for (const [name, now] of after) {
    const then = before.get(name)
    if (then === undefined || (now.kind === 'folder' && then.kind === 'folder')) continue
    if (then.kind !== now.kind) replaced.push(`${name}: ${then.kind} to ${now.kind}`)
    else if (then.content !== now.content || (now.kind === 'file' && then.mtime !== now.mtime)) modified++
  }
  return { added, modified, deleted, replaced }
}

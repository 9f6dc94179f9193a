// Reads one itemized line of rsync: what changed, and the names in it, byte for byte. Pure.

import { isInnerName } from '../trees/path-list.ts'
import type { TreeChange } from '../trees/source.ts'

const HARD_LINK = '\t => '
const SYMLINK = '\t -> '

/**
 * Parses `#CODE<TAB>LENGTH<TAB>BYTES<TAB>NAME<TAB>LINK` (the out-format of `buildPullArgv`; rsync(1), --itemize-changes);
 * null when the line cannot be told apart with certainty, or names something outside of the tree. `line` has one character
 * a byte (latin1).
 */
export function parseChange(line: string): TreeChange | null {
  const fields = /^#(.{11})\t(\d+)\t\d+\t(.*)$/s.exec(line)
  if (fields === null) return null
  const [, code = '', length = '', rest = ''] = fields
  const split = splitLink(rest, markOf(code), Number(length))
  if (split === null) return null
  const name = readName(split.name)
  const linkedTo = split.linkedTo === null ? null : readName(split.linkedTo)
  if (name === null || (split.linkedTo !== null && linkedTo === null)) return null
  const kind = code.startsWith('*deleting') ? 'gone' : code[1] === 'd' ? 'folder' : 'file'
  return { name, kind, linkedTo }
}

/** The line for a person: the code, the name, and where a link leads. */
export function showChange(line: string): string {
  return line
    .slice(1)
    .replace(/\t$/, '')
    .replace(/\t( [-=]> )/, '$1')
}

/**
 * What stands between the name of a link and where it leads: a file has no such mark, whatever its name holds. `h` is a
 * hard link, of a symlink too; `L` a symlink; what is deleted is shown by its name alone.
 */
function markOf(code: string): string | null {
  if (code.startsWith('*')) return null
  if (code[0] === 'h') return HARD_LINK
  return code[1] === 'L' ? SYMLINK : null
}

/**
 * The name of a link may hold its mark itself. One mark, or none, is certain; among several, that one is after which a
 * symlink's target has its length. `length` is the size of the item: a symlink's is that of its target (readlink(2)).
 */
function splitLink(
  rest: string,
  mark: string | null,
  length: number,
): { name: string; linkedTo: string | null } | null {
  const bare = rest.endsWith('\t') ? { name: rest.slice(0, -1), linkedTo: null } : null
  if (mark === null || !rest.includes(mark)) return bare
  if (bare !== null) return null
  const parts = rest.split(mark)
  const splits = parts
    .slice(1)
    .map((_, index) => [parts.slice(0, index + 1).join(mark), parts.slice(index + 1).join(mark)] as const)
  const fitting = splits.length === 1 ? splits : splits.filter(([, target]) => unescapeBytes(target).length === length)
  const [only, ...others] = fitting
  if (only === undefined || others.length > 0 || (splits.length > 1 && mark !== SYMLINK)) return null
  // Where a symlink leads is of no interest: it is its own content.
  return { name: only[0], linkedTo: mark === HARD_LINK ? only[1] : null }
}

/** Null for what is no name in the tree. */
function readName(written: string): string | null {
  const plain = unescapeBytes(written).replace(/\/+$/, '')
  const name = plain.replace(/^\.\/(?=.)/, '')
  return name === '.' || isInnerName(name) ? name : null
}

/** Undoes rsync's escapes: `\#012` stands for the byte 10 (rsync(1), --8-bit-output). */
function unescapeBytes(written: string): string {
  return written.replace(/\\#([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

// Reads one itemized line of rsync: what changed, and the names in it, byte for byte. Pure.

import { isInnerName } from '../trees/path-list.ts'
import type { TreeChange } from '../trees/source.ts'

/**
 * Parses `#CODE<TAB>LENGTH<TAB>BYTES<TAB>NAME<TAB>LINK` (the out-format of `buildPullArgv`; rsync(1), --itemize-changes);
 * null when the line cannot be told apart with certainty, or names something outside of the tree. `line` has one character
 * a byte (latin1).
 */
export function parseChange(line: string): TreeChange | null {
  const fields = /^#(.{11})\t\d+\t\d+\t(.*)$/s.exec(line)
  if (fields === null) return null
  const [, code = '', rest = ''] = fields
  const split = splitLink(rest, markOf(code))
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
  if (code[0] === 'h') return '\t => '
  return code[1] === 'L' ? '\t -> ' : null
}

/** The name of a link may hold its mark itself; only one mark, or none, is certain. */
function splitLink(rest: string, mark: string | null): { name: string; linkedTo: string | null } | null {
  const bare = rest.endsWith('\t') ? { name: rest.slice(0, -1), linkedTo: null } : null
  if (mark === null || !rest.includes(mark)) return bare
  const [name = '', target = '', ...more] = rest.split(mark)
  if (more.length > 0 || bare !== null) return null
  // Where a symlink leads is of no interest: it is its own content.
  return { name, linkedTo: mark === '\t => ' ? target : null }
}

/** Undoes rsync's escapes: `\#012` stands for the byte 10 (rsync(1), --8-bit-output). */
function readName(written: string): string | null {
  const plain = written
    .replace(/\\#([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\/+$/, '')
  const name = plain.replace(/^\.\/(?=.)/, '')
  return name === '.' || isInnerName(name) ? name : null
}

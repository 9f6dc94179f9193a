// Reads one itemized line of rsync: what changed, and the names in it, byte for byte. Pure.

import { isInnerName } from '../trees/path-list.ts'
import type { TreeChange } from '../trees/source.ts'

const LINK_MARKS = ['\t => ', '\t -> '] as const

/**
 * Parses `#CODE<TAB>LENGTH<TAB>BYTES<TAB>NAME<TAB>LINK` (the out-format of `buildPullArgv`; rsync(1), --itemize-changes);
 * null when the line cannot be told apart with certainty, or names something outside of the tree.
 */
export function parseChange(line: string): TreeChange | null {
  const fields = /^#(.{11})\t\d+\t\d+\t(.*)$/s.exec(line)
  if (fields === null) return null
  const [, code = '', rest = ''] = fields
  const split = splitLink(rest)
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

/** The name may hold the mark of a link itself; only one mark, or none, is certain. */
function splitLink(rest: string): { name: string; linkedTo: string | null } | null {
  const marks = LINK_MARKS.flatMap((mark) =>
    rest
      .split(mark)
      .slice(1)
      .map(() => mark),
  )
  const [mark, another] = marks
  if (another !== undefined) return null
  if (mark === undefined) return rest.endsWith('\t') ? { name: rest.slice(0, -1), linkedTo: null } : null
  const at = rest.indexOf(mark)
  // Where a symlink leads is of no interest: it is its own content.
  return { name: rest.slice(0, at), linkedTo: mark === LINK_MARKS[0] ? rest.slice(at + mark.length) : null }
}

/** Undoes rsync's escapes: `\#012` stands for the byte 10 (rsync(1), --8-bit-output). */
function readName(written: string): string | null {
  const bytes = Buffer.from(written, 'utf8').toString('latin1')
  const plain = bytes
    .replace(/\\#([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\/+$/, '')
  const name = plain.replace(/^\.\/(?=.)/, '')
  return name === '.' || isInnerName(name) ? name : null
}

// Reads the files of fields that apt repositories consist of: Release, Packages, Sources, the Index of pdiffs.

import type { NamedFile, Sum } from './layout.ts'
import { linesOf } from './lines.ts'
import { nameBelow } from './names.ts'
import { readSum } from './sum-lines.ts'

/** A line of a block of sums: ` hash size name`. */
export interface SumLine {
  sum: Sum
  size: number
  name: string
}

/** Null for any other line. */
export function readSizedSum(line: string): SumLine | null {
  const [, hex = '', size = '', name = ''] = /^\s+([0-9a-fA-F]+)\s+(\d{1,15})\s+(\S.*)$/.exec(line) ?? []
  const sum = readSum(hex)
  return sum === null ? null : { sum, size: Number(size), name: name.trimEnd() }
}

/** The fields of one stanza: first lines by name in lower case, and the folded lines below them. */
export type Stanza = Map<string, { value: string; folded: string[] }>

/** Collects stanzas line by line, keeping only the fields that are asked for. */
export function createStanzaReader(wanted: readonly string[]) {
  const asked = new Set(wanted)
  let stanza: Stanza = new Map()
  let folded: string[] | null = null
  return {
    /** Takes a line; returns the stanza that it ends, or null. */
    take: (line: string): Stanza | null => {
      if (line === '' || line === '\r') {
        const ended = stanza
        ;[stanza, folded] = [new Map(), null]
        return ended.size > 0 ? ended : null
      }
      if (line.startsWith(' ') || line.startsWith('\t')) folded?.push(line)
      else {
        const colon = line.indexOf(':')
        const name = line.slice(0, Math.max(0, colon)).toLowerCase()
        folded = asked.has(name) ? [] : null
        if (folded !== null) stanza.set(name, { value: line.slice(colon + 1).trim(), folded })
      }
      return null
    },
  }
}

/** The files that an index of stanzas names: `toFiles` makes them of one stanza. */
async function* readStanzas(
  content: AsyncIterable<Buffer>,
  wanted: readonly string[],
  toFiles: (stanza: Stanza) => readonly NamedFile[],
): AsyncGenerator<readonly NamedFile[]> {
  const reader = createStanzaReader(wanted)
  const take = (line: string): readonly NamedFile[] => {
    const stanza = reader.take(line)
    return stanza === null ? [] : toFiles(stanza)
  }
  for await (const lines of linesOf(content)) yield lines.flatMap(take)
  yield take('')
}

const file = (name: string, size: number | null, sum: Sum | null): NamedFile => ({
  name,
  size,
  sum,
  reads: null,
  absence: 'fault',
})

/** Packages: one file a stanza, below the folder that the archive's names begin at. */
export function readPackages(content: AsyncIterable<Buffer>, archive: string): AsyncIterable<readonly NamedFile[]> {
  return readStanzas(content, ['filename', 'size', 'sha256', 'sha1', 'md5sum'], (stanza) => {
    const value = (name: string): string => stanza.get(name)?.value ?? ''
    const name = nameBelow(archive, value('filename'))
    if (name === null) return []
    const sum = readSum(value('sha256')) ?? readSum(value('sha1')) ?? readSum(value('md5sum'))
    return [file(name, /^\d{1,15}$/.test(value('size')) ? Number(value('size')) : null, sum)]
  })
}

/** Sources: the files of each stanza lie in its Directory. */
export function readSources(content: AsyncIterable<Buffer>, archive: string): AsyncIterable<readonly NamedFile[]> {
  return readStanzas(content, ['directory', 'checksums-sha256', 'checksums-sha1', 'files'], (stanza) => {
    const folder = nameBelow(archive, stanza.get('directory')?.value ?? '')
    const block = ['checksums-sha256', 'checksums-sha1', 'files'].find((name) => stanza.has(name)) ?? ''
    return (stanza.get(block)?.folded ?? []).flatMap((line) => {
      const found = readSizedSum(line)
      const name = found === null ? null : nameBelow(folder ?? archive, found.name)
      return found === null || name === null ? [] : [file(name, found.size, found.sum)]
    })
  })
}

/** The Index of pdiffs: the packed patches beside it, which nothing else names. */
export function readPdiffs(content: AsyncIterable<Buffer>, folder: string): AsyncIterable<readonly NamedFile[]> {
  return readStanzas(content, ['sha256-download', 'sha1-download'], (stanza) => {
    const block = stanza.get('sha256-download') ?? stanza.get('sha1-download')
    return (block?.folded ?? []).flatMap((line) => {
      const found = readSizedSum(line)
      const name = found === null ? null : nameBelow(folder, found.name)
      return found === null || name === null ? [] : [file(name, found.size, found.sum)]
    })
  })
}

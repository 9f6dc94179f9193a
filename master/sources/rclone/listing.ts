// Reads `rclone lsjson`: what a remote has, and whether all of it was seen. Pure.

import Type from 'typebox'
import { Value } from 'typebox/value'
import { foldersOf, oddityOf } from './names.ts'

/** A file of a remote, or of the tree here. `size` and `time` (nanoseconds since 1970) are null when the remote does not say. */
export interface FileFacts {
  size: number | null
  time: bigint | null
  /** MD5 in hexadecimal digits, where it was asked for and the remote has it. */
  sum?: string
}
export type Files = ReadonlyMap<string, FileFacts>

export interface Listing {
  files: Files
  /** Names that are left out, each with the reason. */
  odd: ReadonlyMap<string, string>
  /** The list came to its end. */
  ended: boolean
}

const Entry = Type.Object({
  Path: Type.String(),
  Size: Type.Integer(),
  ModTime: Type.String(),
  IsDir: Type.Boolean(),
  Hashes: Type.Optional(Type.Record(Type.String(), Type.String())),
})

/** Takes one line after the other, as text in UTF-8. `count` tells how many names there were. */
export function createListingReader(): { read: (line: string) => void; count: () => number; end: () => Listing } {
  const files = new Map<string, FileFacts>()
  const odd = new Map<string, string>()
  let [ended, garbled] = [false, false]
  const take = (line: string) => {
    const entry = parse(line.endsWith(',') ? line.slice(0, -1) : line)
    if (entry === null) {
      garbled = true
      return
    }
    const { Path: name, Size: size, ModTime: time, IsDir: isFolder, Hashes: sums } = entry
    if (isFolder) return
    const oddity = oddityOf(name)
    if (oddity !== null) odd.set(name, oddity)
    else
      files.set(name, { size: size < 0 ? null : size, time: readTime(time), ...(sums?.md5 ? { sum: sums.md5 } : {}) })
  }
  return {
    read: (line) => {
      if (line === ']') ended = true
      else if (line !== '[' && line !== '[]') take(line)
      else if (line === '[]') ended = true
    },
    count: () => files.size + odd.size,
    end: () => {
      for (const name of namesOfFolders(files)) {
        files.delete(name)
        odd.set(name, 'it is a file and a folder')
      }
      return { files, odd, ended: ended && !garbled }
    },
  }
}

/** In a bucket, `a` and `a/b` may both be there. */
function namesOfFolders(files: Files): string[] {
  const both = new Set<string>()
  for (const name of files.keys()) for (const folder of foldersOf(name)) if (files.has(folder)) both.add(folder)
  return [...both]
}

function parse(text: string): Type.Static<typeof Entry> | null {
  try {
    const value: unknown = JSON.parse(text)
    return Value.Check(Entry, value) ? value : null
  } catch {
    return null
  }
}

/** RFC 3339 with up to nine digits of a second. Null for what rclone says of a file without a time. */
export function readTime(text: string): bigint | null {
  const [, whole, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
  const seconds = whole === undefined ? Number.NaN : Date.parse(`${whole}${zone}`) / 1000
  if (!(seconds > 0)) return null
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
}

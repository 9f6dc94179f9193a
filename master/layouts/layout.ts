// What a kind of repository says about itself: the interface that each layout implements in a file of its own.

import type { LayoutName, Stages } from '../../shared/schemas/project-parts.ts'

/** A sum, as hexadecimal digits in lower case. The `apk` ones cover a part of the file only: see alpine.ts. */
export interface Sum {
  algorithm: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'apk-sha1' | 'apk-sha256'
  hex: string
}

/**
 * A file that a root or an index names. Names hold one character a byte (latin1), are relative to the tree's root, and never
 * lead out of it.
 */
export interface NamedFile {
  name: string
  /** In bytes; null when the index does not say. */
  size: number | null
  sum: Sum | null
  /** What else the index says of it that changes with the file, such as its time. */
  stamp?: string
  /** How `readIndex` reads the file; null when it names nothing that is of interest. */
  reads: string | null
  /** All names of the same content, packed in different ways, this one included. One of them is enough. */
  forms?: readonly string[]
  /** Where the same bytes lie under the name of their sum. */
  byHash?: string
  /** Whether its absence is a fault: always, or only when the generation before had it (lists of sums name more than is mirrored). */
  absence: 'fault' | 'fault_when_lost'
}

/** What can be done about a problem without the network. */
export type Repair = { link: string; to: string } | { write: string; text: Buffer } | { drop: string }

/** Why a tree is not whole. */
export interface Problem {
  kind: 'missing' | 'size' | 'sum' | 'signature' | 'differs' | 'unreadable' | 'older'
  /** The file that is wrong. */
  name: string
  /** For a person: what is wrong, and who says so. */
  text: string
  /** `full`: clients that ask for files by their sums do not notice. `apt`: all clients do. */
  breaks: 'apt' | 'full'
  repair?: Repair
  /** The file as it should be, where an index names it. */
  wants?: NamedFile
  /** The names to fetch again; none when that would not help. */
  refetch: readonly string[]
  /** The files of the root that it belongs to, which are fetched again when that did not help. */
  root: readonly string[]
}

/** A root: the file, or the few files, at the top of one repository. Its id is a name that people recognize. */
export interface Root {
  id: string
  /** The folder that is all its own ('' for the whole tree). */
  folder: string
  /** Its files that are there. */
  files: readonly string[]
  problems: readonly Problem[]
  /** Orders the states of the upstream, in milliseconds; null when nothing does. */
  time: number | null
  /** From when on its clients refuse it, in milliseconds; missing or null when it says nothing of that. */
  expires?: number | null
  names: readonly NamedFile[]
}

/** How a layout reads the files of a tree. */
export interface RootReader {
  /** A whole file; null when there is none. @throws {Error} when it is larger than a root can be. */
  read: (name: string) => Promise<Buffer | null>
  /** When a file was changed, in milliseconds; null when there is none. */
  mtime: (name: string) => number | null
  /** What roots must be signed with; null when they need not be signed. */
  keyring: Buffer | null
  /** The text of a clear-signed file, and what is wrong with its signature. Text without a good signature is not handed out. */
  readSigned: (name: string) => Promise<{ text: Buffer | null; fault: string | null }>
  /** What is wrong with a signature beside a file; null when it is good, or when roots need not be signed. */
  checkSignature: (signature: string, name: string) => Promise<string | null>
}

export interface Layout {
  name: LayoutName
  /** The order of a sync, in words that slaves of earlier versions understand. */
  stages: Stages
  /** rsync patterns of what an archive's own tools have in the tree while they work: never mirrored. */
  passing: readonly string[]
  /** Names at the top of an upstream that say that it is being updated. They are never mirrored either. */
  updating: readonly string[]
  /** Files that change whenever anything else in the tree does, the best first. `roots` are the ids of those that were found. */
  probes: (roots: readonly string[]) => readonly string[]
  /** Whether a tree with these names at its top looks like this kind. */
  isLike: (names: ReadonlySet<string>) => boolean
  /** The id of the root that a file belongs to; null for any other file. */
  rootOf: (name: string) => string | null
  /** All files that a root may have, whether they are there or not: what is asked for to see whether it has changed. */
  filesOfRoot: (id: string) => readonly string[]
  /** The folder of its repository, as `Root.folder`. */
  folderOfRoot: (id: string) => string
  readRoot: (id: string, reader: RootReader) => Promise<Root>
  /** What an index names, in batches. `content` is unpacked. Memory does not grow with it. */
  readIndex: (index: NamedFile, content: AsyncIterable<Buffer>) => AsyncIterable<readonly NamedFile[]>
}

/** A problem that is found in a root's own file. */
export function rootProblem(kind: Problem['kind'], name: string, text: string, refetch: readonly string[]): Problem {
  return { kind, name, text, breaks: 'apt', refetch, root: refetch }
}

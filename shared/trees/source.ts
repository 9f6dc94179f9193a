// What fills a tree: the seam between the trees of a node and the kind of source that they come from.

import type { RsyncOptions } from '../schemas/project-parts.ts'
import type { Progress, Summary } from '../schemas/run.ts'
import type { EntryKind, PathList } from './path-list.ts'

/**
 * How a pull ended. `success`; `noted`: success, though something vanished meanwhile; `retry`: a passing failure; `once`: try
 * once more, then report; `permanent`: trying again is no use; `operator`: a person must look; `stopped`: ended on request.
 */
export type Outcome = 'success' | 'noted' | 'retry' | 'once' | 'permanent' | 'operator' | 'stopped'

/** True when the tree is as it should be. */
export function isSuccess(outcome: Outcome): boolean {
  return outcome === 'success' || outcome === 'noted'
}

/**
 * What a pull may delete: nothing, as the project's options say, everything that is gone whatever their limit, or at most
 * so many entries (the source then counts what it skipped).
 */
export type Deletes = 'never' | 'as_options' | 'unlimited' | { atMost: number }

/**
 * One entry that a pull changed. Names hold one character for each byte (latin1), without slashes at their ends; the root
 * of the tree is `.`. `kind` is what stands at the name afterwards; `linkedTo` is the other name of a hard link.
 */
export interface TreeChange {
  name: string
  kind: EntryKind
  linkedTo: string | null
}

/** A pattern of names that one pull takes (`include`) or leaves for later (`exclude`); the first that matches decides. */
export type NameFilter = { include: string } | { exclude: string }

/** One pull of a tree into a folder. */
export interface TreePull {
  /** For the log. */
  name?: string
  /** Absolute. */
  destination: string
  deletes: Deletes
  filters?: readonly NameFilter[]
  /** Patterns of names that the source is taken not to have. */
  hidden?: readonly string[]
  /** The same, and what has these names at the destination stays as it is. */
  spared?: readonly string[]
  /**
   * Keep what there is of a file when the pull is stopped in the middle of it. It costs a look at every file of the tree,
   * changed or not, so a pull that is likely to be short goes without.
   */
  keepPartials: boolean
  /** Only look: change nothing, but tell what would change. */
  dryRun?: boolean
  /**
   * Pull only these names, folders without their content. What the source does not have is left alone, and fails the pull
   * from a node of ours; a folder in the way of a file goes with its content, unless `deletes` is `never`. `file` is where
   * the names may be written for the source.
   */
  list?: { names: PathList; file: string }
  /** Compare contents, and not only sizes and times. */
  contents?: boolean
  /** A tree on the same file system: a file that is equal there is linked, not fetched. Absolute. */
  linkDest?: string
  /** Where files grow before they get their place, and where parts of them are kept; else beside them. Absolute. */
  workFolder?: string
  /** Called for every change; null when one could not be read, or may have been lost. */
  onChange?: (change: TreeChange | null) => void
}

/** How a pull ended. `error` is null when it succeeded. */
export interface PullResult {
  outcome: Outcome
  /** Null when a signal ended it, or when the source has none. */
  exitCode: number | null
  summary: Summary
  /** How many deletions the limit held back. */
  skippedDeletions: number
  /** How many folders it held back besides, at most. */
  skippedFolders: number
  /** How many entries at the source are not folders; null when they were not counted. */
  sourceFiles: number | null
  /** The size of all files that it brings, or would bring, in bytes; null when it is not known. */
  incoming: number | null
  /** How many names the source said were gone when it came to send them. */
  vanished: number
  /** How many files did not come because a folder with content was in their way. */
  obstructed: number
  /** True when it was the connection that failed: asking in another way would not help. */
  connectionFailed: boolean
  /** True when a part did not come, which is tolerated: it is a success, and what seems to be gone may just not be seen. */
  tolerated: boolean
  /** True when it failed before it touched anything. */
  changedNothing: boolean
  /** True when everything that it changed was told to `onChange`. */
  toldEverything: boolean
  error: string | null
}

/** True when a list of names failed for a reason that a look at everything may get around: not the connection, nor a stop. */
export function isListAtFault({ outcome, connectionFailed }: PullResult): boolean {
  return !isSuccess(outcome) && !connectionFailed && outcome !== 'stopped'
}

/** Fills a tree. Never rejects for how the pull ends, only for a request that is not allowed. */
export type TreeSource = (pull: TreePull) => Promise<PullResult>

/** What surrounds every pull of one job, whatever the kind of source. */
export interface PullSurroundings {
  options: RsyncOptions
  /** Compare contents, not only sizes and times. */
  checksum: boolean
  signal: AbortSignal
  onProgress: (progress: Progress) => void
}

/** What a pull that had nothing to do amounts to. */
export const NO_CHANGES: Readonly<Summary> = {
  added: 0,
  modified: 0,
  deleted: 0,
  errors: 0,
  bytes_transferred: 0,
  total_files: 0,
  total_size: 0,
}

/** The result of a pull that was not needed. */
export function nothingToPull(): PullResult {
  return {
    outcome: 'success',
    exitCode: null,
    summary: { ...NO_CHANGES },
    skippedDeletions: 0,
    skippedFolders: 0,
    sourceFiles: null,
    incoming: null,
    vanished: 0,
    obstructed: 0,
    connectionFailed: false,
    tolerated: false,
    changedNothing: true,
    toldEverything: true,
    error: null,
  }
}

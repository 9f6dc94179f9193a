// The interface of the kinds of source but rsync: each fills a tree of its own, from which the project's tree is pulled.

import type { Settings } from '../../settings.ts'
import type { RunLog } from '../../shared/logs/run-log.ts'
import type { ChildRegistry } from '../../shared/process/child-registry.ts'
import type { ProbeValue } from '../../shared/schemas/probe.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { ProjectStages } from '../../shared/schemas/project-parts.ts'
import type { Progress } from '../../shared/schemas/run.ts'
import type { Outcome } from '../../shared/trees/source.ts'

/** What a source is asked to do. */
export interface FillJob {
  settings: Settings
  children: ChildRegistry
  /** An empty folder that is the home of the programs that are started. */
  home: string
  project: StoredProject
  /** The number that the generation gets. */
  generation: number
  /**
   * A private folder of the source's own, on the disk of the project, that is kept from run to run. It is made by the source, and
   * shares no file with anything that is served. Absolute.
   */
  place: string
  /** What is served now; null before the first generation. Absolute. */
  served: string | null
  mode: 'sync' | 'full'
  /** True for a name that the project leaves out of its tree, as bytes in latin1: it need not be read. `size` in bytes. */
  isLeftOut: (name: string, size: number | null) => boolean
  /** How many bytes may be taken from the upstream in a second; null for no limit. */
  bytesPerSecond: number | null
  /** Let the guards through, this once. */
  force: boolean
  /** Whether the project belongs to a user with the role root. */
  ofRoot: boolean
  /** The share of what there is that may go, in percent; 0 allows everything but all of it. */
  guardPercent: number
  signal: AbortSignal
  log: RunLog
  onProgress: (progress: Progress) => void
}

/** Around the probe of a source. */
export type SourceProbe = Pick<FillJob, 'settings' | 'children' | 'home' | 'signal' | 'log' | 'ofRoot'>

/** Of what lies at the top of a source: a file, a folder, or a ref of git. */
export interface SeenEntry {
  name: string
  kind: 'file' | 'folder' | 'ref'
}

/** Why nothing was taken over: a person must look. */
export interface FillRefusal {
  code: 'DELETE_GUARD' | 'TREE_MISSING' | 'UPSTREAM_EMPTY'
  message: string
}

/** How a source was read. `error` is null when all of it came. */
export interface Filled {
  outcome: Outcome
  /** Of the program that read it; null when there is none, or a signal ended it. */
  exitCode: number | null
  error: string | null
  refusal: FillRefusal | null
  /** What now holds the tree. Absolute. */
  tree: string
  /** Bytes that came from outside, as far as they are known. */
  bytes: number
  /** A part did not come, which is tolerated: nothing is deleted, since what seems to be gone may just not be seen. */
  tolerated: boolean
}

/** A source that has been read in full, or needed nothing. */
export function filled(tree: string, bytes = 0): Filled {
  return { outcome: 'success', exitCode: null, error: null, refusal: null, tree, bytes, tolerated: false }
}

/** A source that could not be read. */
export function notFilled(
  tree: string,
  outcome: Exclude<Outcome, 'success' | 'noted'>,
  error: string,
  exitCode: number | null = null,
): Filled {
  return { outcome, exitCode, error, refusal: null, tree, bytes: 0, tolerated: false }
}

/** A source that was not taken over. */
export function refused(tree: string, refusal: FillRefusal): Filled {
  return { outcome: 'operator', exitCode: null, error: refusal.message, refusal, tree, bytes: 0, tolerated: false }
}

/** Who asks for a source, and what may then be in it. */
export interface CheckContext {
  settings: Settings
  /** Whether a user with the role root asks. */
  byRoot: boolean
  /** Whether the project belongs to one. */
  ofRoot: boolean
  /** False when the project has this very source already. */
  isNew: boolean
}

/** One source of a project. */
export interface FilledSource {
  /** @throws coded errors that name the field that is wrong. */
  check: (context: CheckContext) => void | Promise<void>
  /** Attempts against the same host take turns. */
  host: string
  /**
   * How deletes in the project's tree are judged: by their share, with a few that may always go, or not at all because the source
   * itself knows what is lost.
   */
  guard: 'share' | 'few' | 'none'
  /** The order in which the tree is passed on, where neither the request nor the layout says. */
  stages: ProjectStages
  /** True when others may change the tree while it is read. */
  isAlive: boolean
  /** True when a part may be tolerated as the whole. */
  mayBePartial: boolean
  /** An empty tree is a mistake, but where people fill it. */
  mayBeEmpty: boolean
  /**
   * Reads something small that changes whenever the source does; missing for a source that has no such thing.
   *
   * @throws {Error} that says why it could not.
   */
  probe?: (asked: SourceProbe) => Promise<ProbeValue>
  /**
   * Lists what lies at the top, for somebody who is about to add it; missing for a source that has no upstream to look at.
   *
   * @throws {Error} that says why it could not.
   */
  look?: (asked: SourceProbe) => Promise<SeenEntry[]>
  /** Reads the source. Rejects only for what is wrong on this node. */
  fill: (job: FillJob) => Promise<Filled>
}

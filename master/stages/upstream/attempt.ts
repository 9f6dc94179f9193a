// One attempt of the upstream stage: what it is asked to do, and how it ended.

import type { Settings } from '../../../settings.ts'
import type { RunLog } from '../../../shared/logs/run-log.ts'
import type { ChildRegistry } from '../../../shared/process/child-registry.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Progress, Summary, UpstreamVerify } from '../../../shared/schemas/run.ts'
import type { DiskLooks } from '../../../shared/trees/disk-looks.ts'
import type { NeedRoom } from '../../../shared/trees/free-space.ts'
import type { PullResult, TreeSource } from '../../../shared/trees/source.ts'
import type { TreeTools } from '../../../shared/trees/tools.ts'
import type { Anchor } from '../../../shared/trees/tree-record.ts'
import { NOT_WHOLE, type RunRequest, type UpstreamOutcome } from '../../records/run.ts'
import type { Filled } from '../../sources/source-kind.ts'
import type { SecretBox } from '../../store/secret-box.ts'
import type { ChangeLists } from '../change-lists.ts'
import type { MasterTrees } from '../master-trees.ts'

export interface UpstreamDeps {
  settings: Settings
  children: ChildRegistry
  /** An empty folder that is the home of the programs that are started. */
  home: string
  box: Pick<SecretBox, 'open'>
  changes: ChangeLists
  trees: MasterTrees
  disks: DiskLooks
  now: () => number
  /** Whether a user has the role root. */
  isOfRoot: (project: StoredProject) => Promise<boolean>
  /** Whether there is a project with that key. */
  isProject: (key: string) => Promise<boolean>
}

/** What an attempt is asked to do. */
export interface AttemptRequest {
  project: StoredProject
  request: RunRequest
  /** What the tree is to be when the attempt succeeds. */
  target: Anchor
  /** Counts from 1. */
  number: number
  signal: AbortSignal
  log: RunLog
  onProgress: (progress: Progress) => void
}

/** The same with the source that fills the tree, and the tools for it. */
export interface Attempt extends AttemptRequest {
  needRoom: NeedRoom
  source: TreeSource
  tools: TreeTools
}

/** Why an attempt is blocked: a person must look. */
export type BlockCode = 'DELETE_GUARD' | 'TREE_MISSING' | 'UPSTREAM_EMPTY' | 'HOOK_REFUSED' | typeof NOT_WHOLE

/** How an attempt ended; `code` is that of the run's error, null when it succeeded. */
export interface UpstreamResult {
  outcome: UpstreamOutcome
  exitCode: number | null
  summary: Summary | null
  /** A part did not come, and the project tolerates that. */
  tolerated: boolean
  code: 'UPSTREAM_FAILED' | 'DISK_FULL' | BlockCode | null
  error: string | null
  /** What the repository's own indices say of the tree; missing when they were not asked. */
  verify?: UpstreamVerify
  /** By what the upstream was looked through where it was not walked. */
  scanned?: 'index' | 'list'
  /** What a walk that was due found and no index had spoken of. */
  missed?: number | null
  /** True when the upstream was left alone because it is being updated. */
  isUpdating?: true
}

export function succeeded({ outcome, exitCode, error, summary, tolerated }: PullResult): UpstreamResult {
  return { outcome, exitCode, summary, tolerated, code: null, error }
}

/** The source could not be read, or must not be taken over as it is. */
export function notRead({ outcome, exitCode, error, refusal }: Filled): UpstreamResult {
  if (refusal !== null) return { ...blocked(null, refusal), exitCode }
  const why = error ?? 'the source could not be read'
  return { outcome, exitCode, summary: null, tolerated: false, code: 'UPSTREAM_FAILED', error: why }
}

export function failed({ outcome, exitCode, error, summary }: PullResult): UpstreamResult {
  return { outcome, exitCode, summary, tolerated: false, code: 'UPSTREAM_FAILED', error: error ?? 'rsync failed' }
}

/** Nothing was published, and nothing was deleted that the guard does not allow. */
export function blocked(
  summary: Summary | null,
  { code, message }: { code: BlockCode; message: string },
): UpstreamResult {
  return { outcome: 'blocked', exitCode: 25, summary, tolerated: false, code, error: message }
}

/** Nothing was looked at but the probe. */
export const UNCHANGED: UpstreamResult = {
  outcome: 'unchanged',
  exitCode: null,
  summary: null,
  tolerated: false,
  code: null,
  error: null,
}

/** The fleet keeps what it has; the next run starts from what was fetched. */
export function held(summary: Summary | null, verify: UpstreamVerify): UpstreamResult {
  const reasons = verify.problems.map((problem) => ` ${problem}`).join('')
  const message = `The upstream is not whole by its own indices, so nothing was published.${reasons} It may be in the middle of an update: the next run starts from what was fetched.`
  return { ...blocked(summary, { code: NOT_WHOLE, message }), exitCode: 0, verify }
}

/** Nothing was asked of the upstream, or taken over from it, for a reason that may pass. */
export function failedWith(why: string): UpstreamResult {
  return { outcome: 'retry', exitCode: null, summary: null, tolerated: false, code: 'UPSTREAM_FAILED', error: why }
}

export function diskFull(result: UpstreamResult | null, reason: string): UpstreamResult {
  const error = `The disk is full: ${reason}. Make room; nothing was deleted and no slave was told.`
  return {
    outcome: 'operator',
    exitCode: result?.exitCode ?? null,
    summary: result?.summary ?? null,
    tolerated: false,
    code: 'DISK_FULL',
    error,
  }
}

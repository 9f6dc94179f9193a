// One attempt of the upstream stage: what it is asked to do, and how it ended.

import type { Settings } from '../../../settings.ts'
import type { RunLog } from '../../../shared/logs/run-log.ts'
import type { ChildRegistry } from '../../../shared/process/child-registry.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Progress, Summary } from '../../../shared/schemas/run.ts'
import {
  isSuccess,
  type Outcome,
  type PullResult,
  type TreePull,
  type TreeSource,
} from '../../../shared/trees/source.ts'
import type { Anchor } from '../../../shared/trees/tree-record.ts'
import type { RunRequest } from '../../records/run.ts'
import { addSummaries } from '../../records/summaries.ts'
import type { SecretBox } from '../../store/secret-box.ts'
import type { ChangeLists } from '../change-lists.ts'
import type { MasterTrees } from '../master-trees.ts'
import type { Pass } from './passes.ts'

export interface UpstreamDeps {
  settings: Settings
  children: ChildRegistry
  /** An empty folder that is the home of the programs that are started. */
  home: string
  box: Pick<SecretBox, 'open'>
  changes: ChangeLists
  trees: MasterTrees
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

/** The same with the source that fills the tree. */
export interface Attempt extends AttemptRequest {
  source: TreeSource
}

/** How an attempt ended; `code` is that of the run's error, null when it succeeded. */
export interface UpstreamResult {
  outcome: Outcome | 'blocked'
  exitCode: number | null
  summary: Summary | null
  code: 'UPSTREAM_FAILED' | 'DISK_FULL' | 'DELETE_GUARD' | null
  error: string | null
}

/** Makes passes until one fails. Returns the result of the last one, with the counts of all. */
export async function pullInPasses(
  source: TreeSource,
  passes: readonly Pass[],
  around: Omit<TreePull, 'deletes'>,
): Promise<PullResult> {
  let all: PullResult | null = null
  for (const pass of passes) {
    const result: PullResult = await source({ ...around, ...pass })
    all = all === null ? result : addResults(all, result)
    if (!isSuccess(result.outcome)) break
  }
  if (all === null) throw new Error('A stage has at least one pass')
  return all
}

/** The result of the last of several pulls, with the counts of all. */
export function addResults(before: PullResult, last: PullResult): PullResult {
  return {
    ...last,
    summary: addSummaries(before.summary, last.summary),
    changedNothing: before.changedNothing && last.changedNothing,
    toldEverything: before.toldEverything && last.toldEverything,
  }
}

export function succeeded({ outcome, exitCode, error, summary }: PullResult): UpstreamResult {
  return { outcome, exitCode, summary, code: null, error }
}

export function failed({ outcome, exitCode, error, summary }: PullResult): UpstreamResult {
  return { outcome, exitCode, summary, code: 'UPSTREAM_FAILED', error: error ?? 'rsync failed' }
}

/** `wanted` deletions are more than `limit`, in words, lets through. */
export function blocked(summary: Summary, wanted: number, limit: string): UpstreamResult {
  const error =
    `${wanted} files are gone upstream, more than ${limit} allow; nothing was deleted and no slave was told. ` +
    'Look at the upstream; if it is right, /syncup/?force=true lets this one through.'
  return { outcome: 'blocked', exitCode: 25, summary, code: 'DELETE_GUARD', error }
}

export function diskFull(result: UpstreamResult | null, reason: string): UpstreamResult {
  const error = `The disk is full: ${reason}. Make room; nothing was deleted and no slave was told.`
  return {
    outcome: 'operator',
    exitCode: result?.exitCode ?? null,
    summary: result?.summary ?? null,
    code: 'DISK_FULL',
    error,
  }
}

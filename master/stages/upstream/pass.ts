// One rsync of an upstream stage, what is asked of it, and how what came of it is put.

import type { Settings } from '../../../settings.ts'
import type { RunLog } from '../../../shared/logs/run-log.ts'
import type { ChildRegistry } from '../../../shared/process/child-registry.ts'
import type { Outcome } from '../../../shared/rsync/exit-codes.ts'
import { checkOptions } from '../../../shared/rsync/options.ts'
import { type PullRequest, type PullResult, pullTree, toldEverything } from '../../../shared/rsync/pull.ts'
import type { RsyncSource } from '../../../shared/rsync/source.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Progress, Summary } from '../../../shared/schemas/run.ts'
import type { Anchor } from '../../../shared/trees/tree-record.ts'
import type { RunRequest } from '../../records/run.ts'
import type { SecretBox } from '../../store/secret-box.ts'
import type { ChangeLists, ChangeRecorder } from '../change-lists.ts'
import type { MasterTrees } from '../master-trees.ts'
import { type DeleteLimit, deleteLimit, entriesBefore, keepsPartials, type Pass } from './passes.ts'

export interface UpstreamDeps {
  settings: Settings
  children: ChildRegistry
  /** An empty folder that is rsync's home. */
  home: string
  box: Pick<SecretBox, 'open'>
  changes: ChangeLists
  trees: MasterTrees
}

export interface Attempt {
  project: StoredProject
  request: RunRequest
  /** What the tree is to be when the attempt ends well. */
  target: Anchor
  /** Counts from 1. */
  attempt: number
  signal: AbortSignal
  log: RunLog
  onProgress: (progress: Progress) => void
  /** Told of everything that is changed in a tree that was whole; null when the attempt is to change nothing. */
  recorder: Pick<ChangeRecorder, 'add' | 'addList'> | null
  /** Told of each rsync whose output may not tell all that it changed. */
  onDoubt: () => void
}

/** How an attempt ended; `code` is that of the run's error, null when it went well. */
export interface UpstreamResult {
  outcome: Outcome | 'blocked'
  exitCode: number | null
  summary: Summary | null
  code: 'UPSTREAM_FAILED' | 'DISK_FULL' | 'DELETE_GUARD' | null
  error: string | null
}

/** Where a pass goes, and what its place needs. */
export type PassAround = Pick<PullRequest, 'destination'> &
  Partial<Pick<PullRequest, 'dryRun' | 'list' | 'linkDest' | 'workFolder' | 'onChange'>>

/** One rsync from the upstream; `around` says where to, and what is special about it. */
export async function runPass(
  deps: UpstreamDeps,
  attempt: Attempt,
  pass: Pass,
  around: PassAround,
): Promise<PullResult> {
  const { settings } = deps
  const { project, request } = attempt
  attempt.log.writeLine(`[${pass.name}]`)
  const result = await pullTree({
    bin: settings.RSYNC_BIN,
    home: deps.home,
    children: deps.children,
    source: upstreamSource(project),
    options: project.rsync_options,
    password: project.rsync_password === null ? null : deps.box.open(project.rsync_password),
    ioTimeoutS: settings.RSYNC_IO_TIMEOUT_S,
    timeoutS: settings.SYNC_TIMEOUT_S,
    deletes: pass.deletes,
    filters: pass.filters,
    keepPartials: keepsPartials(project, attempt.attempt),
    dryRun: request.dryRun,
    checksum: request.mode === 'full',
    signal: attempt.signal,
    log: attempt.log,
    onProgress: attempt.onProgress,
    ...around,
  })
  if (!toldEverything(result)) attempt.onDoubt()
  return result
}

/** As the original: with a password but no user, the user is the project's name. */
function upstreamSource(project: StoredProject): RsyncSource {
  return {
    user: project.rsync_user ?? (project.rsync_password === null ? null : project.project),
    host: project.rsync_host,
    port: project.rsync_port,
    path: project.rsync_module,
  }
}

/** What the run may delete, when `counted` deletions are wanted of a tree that rsync has looked over. */
export function limitOf(deps: UpstreamDeps, attempt: Attempt, looked: Summary, counted: number): DeleteLimit {
  const had = entriesBefore(attempt.project.total_files, looked, counted)
  return deleteLimit(had, guardPercentOf(deps, attempt), ownLimitOf(attempt))
}

export function isGuarded(deps: UpstreamDeps, attempt: Attempt): boolean {
  return !attempt.request.dryRun && (guardPercentOf(deps, attempt) > 0 || ownLimitOf(attempt) !== null)
}

function guardPercentOf({ settings }: UpstreamDeps, { project, request }: Attempt): number {
  return request.force ? 0 : (project.delete_guard_percent ?? settings.DELETE_GUARD_PERCENT)
}

function ownLimitOf({ project, request }: Attempt): number | null {
  return request.force ? null : checkOptions(project.rsync_options).maxDelete
}

export function succeeded({ outcome, exitCode, error }: PullResult, summary: Summary): UpstreamResult {
  return { outcome, exitCode, summary, code: null, error }
}

export function failed({ outcome, exitCode, error }: PullResult, summary: Summary): UpstreamResult {
  return { outcome, exitCode, summary, code: 'UPSTREAM_FAILED', error: error ?? 'rsync failed' }
}

export function blocked(summary: Summary, wanted: number, limit: string): UpstreamResult {
  const error =
    `${wanted} files are gone upstream, more than ${limit} allow; nothing was deleted and no slave was told. ` +
    'Look at the upstream; if it is right, /syncup/?force=true lets this one through.'
  return { outcome: 'blocked', exitCode: 25, summary, code: 'DELETE_GUARD', error }
}

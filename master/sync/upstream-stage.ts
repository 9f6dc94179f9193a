// One attempt of the upstream stage: rsync from the project's upstream into its folder, in passes, deletes last and guarded.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../../settings.ts'
import type { ChildRegistry } from '../../shared/child-registry.ts'
import { freeMib, watchFreeSpace } from '../../shared/free-space.ts'
import { assertReallyInside, normalizeInside } from '../../shared/paths.ts'
import { endedWell, type Outcome } from '../../shared/rsync/exit-codes.ts'
import { checkOptions } from '../../shared/rsync/options.ts'
import { type PullResult, pullTree } from '../../shared/rsync/pull.ts'
import type { RunLog } from '../../shared/rsync/run-log.ts'
import type { RsyncSource } from '../../shared/rsync/source.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Progress, Summary } from '../../shared/schemas/run.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { RunWish } from './run-record.ts'
import { addSummaries } from './summaries.ts'
import { deleteLimit, deletePass, entriesBefore, keepsPartials, type Pass, planPasses } from './upstream-passes.ts'

export interface UpstreamStageDeps {
  settings: Settings
  children: ChildRegistry
  /** An empty folder that is rsync's home. */
  home: string
  box: Pick<SecretBox, 'open'>
}

export interface UpstreamStageRequest {
  project: StoredProject
  wish: RunWish
  /** Counts from 1. */
  attempt: number
  signal: AbortSignal
  log: RunLog
  onProgress: (progress: Progress) => void
}

/** How an attempt ended; `code` is that of the run's error, null when it went well. */
export interface UpstreamResult {
  outcome: Outcome | 'blocked'
  exitCode: number | null
  summary: Summary | null
  code: 'UPSTREAM_FAILED' | 'DISK_FULL' | 'DELETE_GUARD' | null
  error: string | null
}

/** Runs one attempt. @throws {InvalidPath} when the folder has come to lead outside DEST_ROOT since it was added. */
export async function runUpstreamStage(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
): Promise<UpstreamResult> {
  const { DEST_ROOT, DISK_FLOOR_MB } = deps.settings
  const folder = projectFolder(DEST_ROOT, request.project)
  await assertReallyInside(DEST_ROOT, folder)
  const [free] = await Promise.all([
    freeMib(DEST_ROOT),
    request.wish.dryRun ? undefined : mkdir(folder, { recursive: true }),
  ])
  if (free < DISK_FLOOR_MB && !request.wish.dryRun)
    return diskFull(null, `only ${free} MiB are free below ${DEST_ROOT}`)
  const space = watchFreeSpace(DEST_ROOT, DISK_FLOOR_MB)
  try {
    const result = await runPasses(
      deps,
      { ...request, signal: AbortSignal.any([request.signal, space.signal]) },
      folder,
    )
    const ranOut = space.signal.aborted && !request.signal.aborted
    if (ranOut) return diskFull(result, `less than ${DISK_FLOOR_MB} MiB (DISK_FLOOR_MB) were left below ${DEST_ROOT}`)
    return /No space left on device|Disk quota exceeded/.test(result.error ?? '')
      ? diskFull(result, result.error ?? '')
      : result
  } finally {
    space.stop()
  }
}

/** The absolute folder of a project on the master. @throws {InvalidPath} */
export function projectFolder(root: string, project: Pick<StoredProject, 'dest' | 'project'>): string {
  return path.join(normalizeInside(root, project.dest), project.project)
}

async function runPasses(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
  folder: string,
): Promise<UpstreamResult> {
  const { project, wish } = request
  // A dry run looks at everything at once: there is nothing to keep in order.
  const passes = planPasses(wish.dryRun ? 'single' : project.stages, isGuarded(deps, request) ? 'guarded' : 'at_once')
  let total: Summary | null = null
  let last: PullResult | null = null
  for (const pass of passes) {
    last = await runPass(deps, request, folder, pass)
    total = addSummaries(total, last.summary)
    const counted = last.outcome === 'operator' && last.skippedDeletions > 0
    if (!endedWell(last.outcome) && !counted) return failed(last, total)
  }
  if (last === null || total === null) throw new Error('A stage has at least one pass')
  return last.skippedDeletions === 0 ? succeeded(last, total) : deleteOrBlock(deps, request, folder, last, total)
}

/** The counting pass held deletions back: makes them all, or none. */
async function deleteOrBlock(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
  folder: string,
  counted: PullResult,
  total: Summary,
): Promise<UpstreamResult> {
  const had = entriesBefore(request.project.total_files, counted.summary, counted.skippedDeletions)
  const limit = deleteLimit(had, guardPercentOf(deps, request), ownLimitOf(request))
  if (counted.skippedDeletions > limit.entries) return blocked(total, counted.skippedDeletions, limit.says)
  const deletes = await runPass(deps, request, folder, deletePass(limit.entries))
  const sum = addSummaries(total, deletes.summary)
  return endedWell(deletes.outcome) ? succeeded(deletes, sum) : failed(deletes, sum)
}

function isGuarded(deps: UpstreamStageDeps, request: UpstreamStageRequest): boolean {
  return !request.wish.dryRun && (guardPercentOf(deps, request) > 0 || ownLimitOf(request) !== null)
}

function guardPercentOf({ settings }: UpstreamStageDeps, { project, wish }: UpstreamStageRequest): number {
  return wish.force ? 0 : (project.delete_guard_percent ?? settings.DELETE_GUARD_PERCENT)
}

function ownLimitOf({ project, wish }: UpstreamStageRequest): number | null {
  return wish.force ? null : checkOptions(project.rsync_options).maxDelete
}

function runPass(
  deps: UpstreamStageDeps,
  request: UpstreamStageRequest,
  folder: string,
  pass: Pass,
): Promise<PullResult> {
  const { settings } = deps
  const { project, wish } = request
  request.log.writeLine(`[${pass.name}]`)
  return pullTree({
    bin: settings.RSYNC_BIN,
    home: deps.home,
    children: deps.children,
    source: upstreamSource(project),
    destination: folder,
    options: project.rsync_options,
    password: project.rsync_password === null ? null : deps.box.open(project.rsync_password),
    ioTimeoutS: settings.RSYNC_IO_TIMEOUT_S,
    timeoutS: settings.SYNC_TIMEOUT_S,
    deletes: pass.deletes,
    filters: pass.filters,
    keepPartials: keepsPartials(project, request.attempt),
    dryRun: wish.dryRun,
    checksum: wish.mode === 'full',
    signal: request.signal,
    log: request.log,
    onProgress: request.onProgress,
  })
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

function succeeded({ outcome, exitCode, error }: PullResult, summary: Summary): UpstreamResult {
  return { outcome, exitCode, summary, code: null, error }
}

function failed({ outcome, exitCode, error }: PullResult, summary: Summary): UpstreamResult {
  return { outcome, exitCode, summary, code: 'UPSTREAM_FAILED', error: error ?? 'rsync failed' }
}

function blocked(summary: Summary, wanted: number, limit: string): UpstreamResult {
  const error =
    `${wanted} files are gone upstream, more than ${limit} allow; nothing was deleted and no slave was told. ` +
    'Look at the upstream; if it is right, /syncup/?force=true lets this one through.'
  return { outcome: 'blocked', exitCode: 25, summary, code: 'DELETE_GUARD', error }
}

function diskFull(result: UpstreamResult | null, reason: string): UpstreamResult {
  const error = `The disk is full: ${reason}. Make room; nothing was deleted and no slave was told.`
  return {
    outcome: 'operator',
    exitCode: result?.exitCode ?? null,
    summary: result?.summary ?? null,
    code: 'DISK_FULL',
    error,
  }
}

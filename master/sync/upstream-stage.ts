// The upstream stage of a run: rsync from the project's upstream into its folder on the master.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../../settings.ts'
import type { ChildRegistry } from '../../shared/child-registry.ts'
import { assertReallyInside, normalizeInside } from '../../shared/paths.ts'
import type { PullResult } from '../../shared/rsync/pull.ts'
import { pullTree } from '../../shared/rsync/pull.ts'
import type { RunLog } from '../../shared/rsync/run-log.ts'
import type { RsyncSource } from '../../shared/rsync/source.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RunWish } from './run-record.ts'

export interface UpstreamStageDeps {
  settings: Settings
  children: ChildRegistry
  /** An empty folder that is rsync's home. */
  home: string
}

export interface UpstreamStageRequest {
  project: StoredProject
  wish: RunWish
  signal: AbortSignal
  log: RunLog
}

/** Runs one attempt. @throws {InvalidPath} when the folder has come to lead outside DEST_ROOT since it was added. */
export async function runUpstreamStage(deps: UpstreamStageDeps, request: UpstreamStageRequest): Promise<PullResult> {
  const { settings } = deps
  const { project, wish } = request
  const folder = projectFolder(settings.DEST_ROOT, project)
  await assertReallyInside(settings.DEST_ROOT, folder)
  await mkdir(folder, { recursive: true })
  return pullTree({
    bin: settings.RSYNC_BIN,
    home: deps.home,
    children: deps.children,
    source: upstreamSource(project),
    destination: folder,
    options: project.rsync_options,
    password: project.rsync_password,
    ioTimeoutS: settings.RSYNC_IO_TIMEOUT_S,
    timeoutS: settings.SYNC_TIMEOUT_S,
    dryRun: wish.dryRun,
    checksum: wish.mode === 'full',
    signal: request.signal,
    log: request.log,
  })
}

/** The absolute folder of a project on the master. @throws {InvalidPath} */
export function projectFolder(root: string, project: Pick<StoredProject, 'dest' | 'project'>): string {
  return path.join(normalizeInside(root, project.dest), project.project)
}

/** As the original: with a password but no user, the user is the project's name. */
export function upstreamSource(project: StoredProject): RsyncSource {
  return {
    user: project.rsync_user ?? (project.rsync_password === null ? null : project.project),
    host: project.rsync_host,
    port: project.rsync_port,
    path: project.rsync_module,
  }
}

// Makes the source that a project's tree is filled from.

import { createRsyncSource, type RsyncTools } from '../../../shared/rsync/pull.ts'
import { showUpstream } from '../../../shared/rsync/show-upstream.ts'
import type { RsyncSource } from '../../../shared/rsync/source.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { TreeSource } from '../../../shared/trees/source.ts'
import { layoutOf } from '../../layouts/layouts.ts'
import type { AttemptRequest, UpstreamDeps } from './attempt.ts'

/** The project's upstream, for the pulls of one attempt. */
export function createUpstreamSource(deps: UpstreamDeps, attempt: AttemptRequest): TreeSource {
  const { project, request, signal, log, onProgress } = attempt
  const { passing } = layoutOf(project)
  const source = createRsyncSource(rsyncToolsOf(deps), {
    source: upstreamOf(project),
    password: passwordOf(deps, project),
    options: project.rsync_options,
    checksum: request.mode === 'full',
    trusted: false,
    toleratedCodes: project.tolerated_exit_codes ?? [],
    // After a switch the same file may have another fraction of a second, and would be fetched again.
    exactTimes: (project.pulled_from ?? showUpstream(project)) === showUpstream(project),
    signal,
    log,
    onProgress,
  })
  return passing.length === 0 ? source : withoutPassing(source, passing)
}

/** What an archive's tools have in the tree while they work is never mirrored. A list names what was looked at without it. */
function withoutPassing(source: TreeSource, passing: readonly string[]): TreeSource {
  const hidden = passing.map((exclude) => ({ exclude }))
  return (pull) => source(pull.list === undefined ? { ...pull, filters: [...hidden, ...(pull.filters ?? [])] } : pull)
}

export function rsyncToolsOf({ settings, home, children }: UpstreamDeps): RsyncTools {
  return {
    bin: settings.RSYNC_BIN,
    home,
    children,
    ioTimeoutS: settings.RSYNC_IO_TIMEOUT_S,
    timeoutS: settings.SYNC_TIMEOUT_S,
  }
}

export function passwordOf({ box }: UpstreamDeps, { rsync_password }: StoredProject): string | null {
  return rsync_password === null ? null : box.open(rsync_password)
}

/** As the original: with a password but no user, the user is the project's name. */
export function upstreamOf(project: StoredProject): RsyncSource {
  return {
    user: project.rsync_user ?? (project.rsync_password === null ? null : project.project),
    host: project.rsync_host,
    port: project.rsync_port,
    path: project.rsync_module,
  }
}

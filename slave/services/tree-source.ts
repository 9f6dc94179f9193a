// Where a slave pulls a tree from: the slave above it when it has one, else, or when that one fails, the master.

import type { Settings } from '../../settings.ts'
import type { RunLog } from '../../shared/logs/run-log.ts'
import type { ChildRegistry } from '../../shared/process/child-registry.ts'
import type { Pull } from '../../shared/rsync/argv.ts'
import { isSuccess } from '../../shared/rsync/exit-codes.ts'
import { type PullRequest, type PullResult, pullTree } from '../../shared/rsync/pull.ts'
import type { RsyncSource } from '../../shared/rsync/source.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { Progress } from '../../shared/schemas/run.ts'

export interface TreeSourceDeps {
  settings: Settings
  rsyncdPassword: string
  children: ChildRegistry
  /** An empty folder that is rsync's home. */
  home: string
}

/** What differs from one pull of a job to the next. */
export type TreePull = Pick<Pull, 'destination' | 'deletes' | 'keepPartials'> &
  Partial<Pick<PullRequest, 'dryRun' | 'list' | 'linkDest' | 'workFolder' | 'onChange'>>

export type TreeSource = ReturnType<typeof createTreeSource>

/** Makes what pulls the trees of one job. */
export function createTreeSource(
  deps: TreeSourceDeps,
  message: SyncFromMaster,
  around: { signal: AbortSignal; log: RunLog; onProgress: (progress: Progress) => void },
) {
  const { settings } = deps
  const [host, port] = message.master
    ? [message.master.hostname, message.master.rsyncd_port]
    : [settings.MASTER_HOSTNAME, settings.MASTER_RSYNCD_PORT]
  const master = sourceAt(settings, host, port, message.source)
  const { upstream } = message
  let source = upstream === null ? master : sourceAt(settings, upstream.hostname, upstream.port, upstream.source)

  const pullFrom = (from: RsyncSource, pull: TreePull): Promise<PullResult> =>
    pullTree({
      bin: settings.RSYNC_BIN,
      home: deps.home,
      children: deps.children,
      source: from,
      options: message.rsync_options,
      checksum: message.checksum,
      password: deps.rsyncdPassword,
      ioTimeoutS: settings.RSYNC_IO_TIMEOUT_S,
      timeoutS: settings.SYNC_TIMEOUT_S,
      ...around,
      ...pull,
    })

  return async (pull: TreePull): Promise<PullResult> => {
    const result = await pullFrom(source, pull)
    if (source === master || isSuccess(result.outcome) || result.outcome === 'stopped') return result
    around.log.writeLine(`[${source.host}:${source.port} does not do; pulling from the master instead]`)
    source = master
    return pullFrom(source, pull)
  }
}

function sourceAt(settings: Settings, host: string, port: number, tree: string): RsyncSource {
  return { user: settings.SLAVE_USER, host, port, path: `${settings.MASTER_RSYNCD_MODULE}/${tree}` }
}

// Where a slave pulls a tree from: the slave above it when it has one, else, or when that one fails, the master.

import type { Settings } from '../../settings.ts'
import type { ChildRegistry } from '../../shared/process/child-registry.ts'
import { createRsyncSource, type RsyncEnd } from '../../shared/rsync/pull.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import { isSuccess, type TreeSource } from '../../shared/trees/source.ts'
import { keepsNanoseconds } from '../../shared/trees/time-grain.ts'

export interface TreeSourceDeps {
  settings: Settings
  rsyncdPassword: string
  children: ChildRegistry
  /** An empty folder that is rsync's home. */
  home: string
}

/** A node of the fleet whose rsyncd serves the tree, and where it lies in its module. */
interface ServingNode {
  host: string
  port: number
  tree: string
}

/** The source of one job, for a tree whose control folder is made. */
export async function openTreeSource(
  deps: TreeSourceDeps,
  order: SyncFromMaster,
  tree: ProjectTree,
  around: Pick<RsyncEnd, 'signal' | 'log' | 'onProgress'>,
): Promise<TreeSource> {
  await tree.prepare()
  const programs = { children: deps.children, home: deps.home, signal: around.signal }
  return createTreeSource(deps, order, {
    ...around,
    keepsNanoseconds: await keepsNanoseconds(tree.control, programs),
  })
}

function createTreeSource(
  deps: TreeSourceDeps,
  order: SyncFromMaster,
  around: Pick<RsyncEnd, 'signal' | 'log' | 'onProgress' | 'keepsNanoseconds'>,
): TreeSource {
  const { settings, home, children, rsyncdPassword: password } = deps
  const tools = {
    bin: settings.RSYNC_BIN,
    home,
    children,
    ioTimeoutS: settings.RSYNC_IO_TIMEOUT_S,
    timeoutS: settings.SYNC_TIMEOUT_S,
  }
  const sourceAt = ({ host, port, tree }: ServingNode): TreeSource =>
    createRsyncSource(tools, {
      source: { user: settings.SLAVE_USER, host, port, path: `${settings.MASTER_RSYNCD_MODULE}/${tree}` },
      password,
      options: order.rsync_options,
      checksum: order.checksum,
      trusted: true,
      toleratedCodes: [],
      exactTimes: true,
      ...around,
    })
  const master = sourceAt(masterOf(settings, order))
  const { upstream } = order
  if (upstream === null) return master
  const { hostname: host, port, source: tree } = upstream
  return firstThatWorks(sourceAt({ host, port, tree }), master, () =>
    around.log.writeLine(`[${host}:${port} failed; pulling from the master instead]`),
  )
}

function masterOf(settings: Settings, { master, source: tree }: SyncFromMaster): ServingNode {
  return master === null
    ? { host: settings.MASTER_HOSTNAME, port: settings.MASTER_RSYNCD_PORT, tree }
    : { host: master.hostname, port: master.rsyncd_port, tree }
}

/** The first source until it fails; from then on the second. */
function firstThatWorks(first: TreeSource, second: TreeSource, onFailure: () => void): TreeSource {
  let hasFailed = false
  return async (pull) => {
    if (hasFailed) return second(pull)
    const result = await first(pull)
    if (isSuccess(result.outcome) || result.outcome === 'stopped') return result
    hasFailed = true
    onFailure()
    return second(pull)
  }
}

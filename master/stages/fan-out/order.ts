// Writes what each slave is told in a fan-out: what to reach, from where, and by which names.

import path from 'node:path'
import type { Settings } from '../../../settings.ts'
import { fanOutOptions } from '../../../shared/rsync/fan-out-options.ts'
import { assertModule } from '../../../shared/rsync/source.ts'
import type { SyncFromMaster } from '../../../shared/schemas/messages.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { KEPT_BY_DEFAULT } from '../../../shared/schemas/project-parts.ts'
import type { StoredSlave } from '../../../shared/schemas/slave.ts'
import { tracePath } from '../../../shared/traces/trace.ts'
import { readTraceFile } from '../../../shared/traces/write-traces.ts'
import { encodeList, type PathList } from '../../../shared/trees/path-list.ts'
import type { Anchor } from '../../../shared/trees/tree-record.ts'
import { stagesOf } from '../../layouts/layouts.ts'
import type { ChangeLists } from '../change-lists.ts'
import type { RunHandle } from '../run-handle.ts'
import type { SlaveClient } from '../slave-client.ts'
import { ownTracePath } from '../upstream/own-trace.ts'

export interface FanOutDeps {
  settings: Pick<
    Settings,
    | 'DEST_ROOT'
    | 'DELETE_GUARD_PERCENT'
    | 'FANOUT_CONCURRENCY'
    | 'SLAVE_POLL_S'
    | 'SYNC_TIMEOUT_S'
    | 'PUBLIC_NAME'
    | 'MASTER_HOSTNAME'
  >
  client: SlaveClient
  /** Where slaves find this master, when their own settings do not tell. */
  source: SyncFromMaster['master']
  changes: ChangeLists
  /** The port of a slave's own rsyncd; null when it has none, or is down. */
  rsyncdPortOf: (slaveId: string) => number | null
  /** The name by which a slave's users know it. */
  publicNameOf: (slave: Pick<StoredSlave, 'id' | 'hostname'>) => string
  /** The protocol that a slave speaks; 1 when it does not say. */
  protocolOf: (slave: StoredSlave) => Promise<number>
  /** The epoch of the store. */
  epoch: () => Promise<number>
  now: () => number
}

/** What the slaves are to reach, and the master's folder that holds it. */
export interface FanOutTarget {
  generation: number
  tag: string
  folder: string
}

/** One fan-out, with what its slaves share. */
export interface FanOutJob {
  deps: FanOutDeps
  active: RunHandle
  project: StoredProject
  target: FanOutTarget
  slaves: readonly StoredSlave[]
  epoch: number
  changesSince: (anchor: Anchor) => Promise<PathList | null>
  /** In seconds. */
  patienceS: number
}

const MOST_PORT = 65_535
/** Beyond this share of the tree, rsync's own walk is as fast as a list; a short list is always worth it. */
const WORTH_SHARE = 0.3
const ALWAYS_WORTH = 1_000

/** What a slave is told to do, and what it may ask for then. */
export async function writeOrder(job: FanOutJob, slave: StoredSlave): Promise<SyncFromMaster> {
  const { deps, active, project, target } = job
  const known = project.anchors[slave.id]
  const anchor = known === undefined ? null : { generation: known.generation, tag: known.tag }
  const changes = anchor === null || active.request.mode === 'full' ? null : await job.changesSince(anchor)
  if (changes !== null) active.changeLists.set(slave.id, encodeList(changes))
  active.targets.set(slave.id, { epoch: job.epoch, tag: target.tag })
  const protocol = await deps.protocolOf(slave)
  return {
    run: active.run.run,
    slave_id: slave.id,
    id: project.id,
    project: project.project,
    key: project.key,
    generation: target.generation,
    tag: target.tag,
    anchor,
    changes: changes?.size ?? null,
    source: path.relative(deps.settings.DEST_ROOT, target.folder),
    upstream: upstreamOf(job, slave),
    downstream_hosts: job.slaves.filter((one) => one.upstream === slave.id).map((one) => one.hostname),
    master: deps.source,
    rsync_options: project.fanout_options ?? fanOutOptions(project.rsync_options),
    checksum: active.request.mode === 'full',
    ...(protocol < 2 ? {} : sinceProtocol2(job)),
    ...(protocol < 3 ? {} : { epoch: job.epoch }),
    ...(protocol < 4 ? {} : { keep: project.keep_generations ?? KEPT_BY_DEFAULT }),
    ...(protocol < 5 ? {} : await tracesFor(job)),
    publish: project.publish,
    published: project.published === null ? null : publishedFor(project.published, protocol),
  }
}

/** The master's trace stands in the tree, and is no part of it. `names` are those of the slaves. */
export async function tracesOf(
  settings: Parameters<typeof ownTracePath>[0],
  project: StoredProject,
  { folder, names }: { folder: string; names: readonly string[] },
): Promise<Pick<SyncFromMaster, 'traces'>> {
  const { trace } = project
  const path = ownTracePath(settings, project)
  if (!trace || path === null) return {}
  const text = await readTraceFile(folder, path)
  const others = names.map((name) => tracePath(trace, name))
  return {
    traces: {
      trace,
      spared: [...new Set([path, ...others])],
      // A beacon is each node's own.
      given: text === null || trace.style === 'timestamp' ? [] : [{ path, text }],
    },
  }
}

function tracesFor({ deps, project, target, slaves }: FanOutJob) {
  const names = slaves.map((slave) => deps.publicNameOf(slave))
  return tracesOf(deps.settings, project, { folder: target.folder, names })
}

function publishedFor({ generation, sequence, tag }: NonNullable<StoredProject['published']>, protocol: number) {
  return { generation, sequence, ...(protocol < 3 ? {} : { tag }) }
}

function sinceProtocol2({ deps, active, project }: FanOutJob) {
  const percent = project.delete_guard_percent ?? deps.settings.DELETE_GUARD_PERCENT
  return { stages: stagesOf(project), guard: { percent, force: active.request.force } }
}

/** The slave above, when it has what is wanted and serves it to others; else null, for the master. */
function upstreamOf({ deps, active, slaves }: FanOutJob, slave: StoredSlave): SyncFromMaster['upstream'] {
  const above = slaves.find((one) => one.id === slave.upstream)
  const state = active.run.slaves.find((stage) => stage.slave_id === above?.id)?.state
  if (above === undefined || (state !== 'prepared' && state !== 'succeeded')) return null
  const [source, port] = [active.sources.get(above.id), deps.rsyncdPortOf(above.id)]
  if (source === undefined || port === null || !isTakable(source, port)) return null
  return { hostname: above.hostname, port, source }
}

/** What a slave says of itself must not be the reason why another one refuses its order. */
function isTakable(source: string, port: number): boolean {
  try {
    assertModule(`module/${source}`)
    return source !== '' && port >= 1 && port <= MOST_PORT
  } catch {
    return false
  }
}

/** Slaves at the same anchor get the same list; it is put together once. Null when it is no gain over a walk. */
export function rememberLists(
  changes: ChangeLists,
  project: StoredProject,
  target: FanOutTarget,
): FanOutJob['changesSince'] {
  const lists = new Map<string, Promise<PathList | null>>()
  const most = Math.max(ALWAYS_WORTH, (project.total_files ?? 0) * WORTH_SHARE)
  const keepWorthy = (list: PathList | null) => (list !== null && list.size <= most ? list : null)
  return (anchor) => {
    const known = lists.get(anchor.tag) ?? changes.between(project.key, anchor, target, target.folder).then(keepWorthy)
    lists.set(anchor.tag, known)
    return known
  }
}

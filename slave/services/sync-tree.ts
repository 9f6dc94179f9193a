// Brings a project's tree on this slave to a generation: plans how, and does it in the way that the project is published.

import type { Settings } from '../../settings.ts'
import { TreeMissing } from '../../shared/errors.ts'
import { decodeLine } from '../../shared/process/run.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { NeedRoom } from '../../shared/trees/free-space.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import { isSuccess, nothingToPull, type TreeSource } from '../../shared/trees/source.ts'
import { sparing } from '../../shared/trees/sparing.ts'
import type { TreeTools } from '../../shared/trees/tools.ts'
import { isOwnDisk } from '../../shared/trees/tree-record.ts'
import { leaveTraces, sparedBy } from './leave-traces.ts'
import { planSync, recordSync } from './plan-sync.ts'
import { syncIdle } from './sync-idle.ts'
import { syncInPlace } from './sync-in-place.ts'
import type { TreeSync, TreeSyncEnd } from './tree-sync.ts'

export interface TreeSyncDeps {
  settings: Pick<
    Settings,
    'SLOW_SYNC_EVERY' | 'SLOW_SYNC_DAYS' | 'DELETE_GUARD_PERCENT' | 'PUBLIC_NAME' | 'MASTER_HOSTNAME'
  >
  source: TreeSource
  /** Gets the names that changed since the order's anchor. @throws {Error} when they do not come whole. */
  fetchChanges: () => Promise<PathList>
  tools: TreeTools
  needRoom: NeedRoom
  writeLine: (line: string) => void
  now: () => number
}

/**
 * Does not reject for how a pull ends. A change from one way to the other converts the tree first; nothing is copied.
 *
 * @throws {TreeMissing} when the project has a disk of its own, which is not mounted; `force` fills what is there.
 */
export async function syncTree(deps: TreeSyncDeps, tree: ProjectTree, order: SyncFromMaster): Promise<TreeSyncEnd> {
  const began = deps.now()
  const source = sparing(deps.source, sparedBy(deps.settings, order))
  const end = await bringTree({ ...deps, source }, tree, order)
  await tryTraces(deps, tree, order, { end, began })
  return end
}

/** Traces are no part of the tree: one that cannot be written is no reason to fail. */
async function tryTraces(
  { settings, tools, writeLine, now }: TreeSyncDeps,
  tree: ProjectTree,
  order: SyncFromMaster,
  { end, began }: { end: TreeSyncEnd; began: number },
): Promise<void> {
  const slot = order.publish === 'atomic' ? tree.slotWith(order.tag) : null
  if (slot === undefined || end.refusal !== null || !isSuccess(end.result.outcome)) return
  const folder = slot === null ? tree.served : tree.folderOf(slot)
  const synced = { folder, began, ended: now(), bytes: end.result.summary.bytes_transferred }
  const problems = await leaveTraces(settings, order, synced, tools).catch((error: unknown) => [String(error)])
  for (const problem of problems) writeLine(`[warning: ${problem}]`)
}

async function bringTree(deps: TreeSyncDeps, tree: ProjectTree, order: SyncFromMaster): Promise<TreeSyncEnd> {
  if (order.guard?.force !== true) assertDisk(tree)
  await tree.convert(order.publish)
  const { SLOW_SYNC_EVERY: syncs, SLOW_SYNC_DAYS: days } = deps.settings
  const anchor = tree.anchor()
  const isHeld = order.publish === 'atomic' ? (await tree.reach(order.tag)) !== undefined : isSame(anchor, order)
  const plan = planSync({
    order,
    anchor,
    isReady: isHeld,
    record: tree.record,
    every: { syncs, days },
    now: deps.now(),
  })
  const changes = plan.kind === 'normal' ? await tryFetch(deps) : null
  const sync: TreeSync = {
    tree,
    order,
    isReady: plan.kind === 'nothing',
    changes,
    verifies: changes !== null && plan.kind === 'normal' && plan.verifies,
    source: deps.source,
    tools: deps.tools,
    needRoom: deps.needRoom,
    nothingToDo: () => {
      deps.writeLine('[nothing changed; no rsync was needed]')
      return nothingToPull()
    },
    guard: {
      percent: deps.settings.DELETE_GUARD_PERCENT,
      force: false,
      ...order.guard,
      maxDelete: null,
      from: 'master',
    },
    onDeleted: (name) => deps.writeLine(`*deleting   ${decodeLine(name)}`),
    onListFailed: () => deps.writeLine('[the list of changes could not be pulled whole; comparing everything instead]'),
    recordOf: (method, drift) => recordSync(tree.record, order, { method, drift }, deps.now()),
  }
  return order.publish === 'atomic' ? syncIdle(sync) : syncInPlace(sync)
}

function assertDisk({ record, served }: ProjectTree): void {
  if (record.mode !== 'in_place' || record.own_disk !== true || isOwnDisk(served)) return
  throw new TreeMissing(
    `${served} was the mount point of a disk, and is none now; nothing was synced. Is its disk mounted? If the tree is to be fetched again into what is there now, sync once with force.`,
  )
}

/** A list that does not come is no reason to fail: everything is compared then. */
async function tryFetch(deps: TreeSyncDeps): Promise<PathList | null> {
  try {
    return await deps.fetchChanges()
  } catch (error) {
    deps.writeLine(`[slow sync: the list of changes did not come: ${error instanceof Error ? error.message : error}]`)
    return null
  }
}

function isSame(anchor: ReturnType<ProjectTree['anchor']>, order: SyncFromMaster): boolean {
  return anchor?.tag === order.tag && anchor.generation === order.generation
}

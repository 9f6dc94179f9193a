// What both ways of bringing a tree to a generation share: which method is used, and what is remembered of it.

import type { Settings } from '../../settings.ts'
import { NO_CHANGES } from '../../shared/rsync/output.ts'
import type { PullResult } from '../../shared/rsync/pull.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { DryRun } from '../../shared/trees/compare.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import type { Anchor, TreeRecord } from '../../shared/trees/tree-record.ts'
import { describeOptions, planSync } from './plan-sync.ts'
import type { TreeSource } from './tree-source.ts'

export interface TreeSyncDeps {
  settings: Pick<Settings, 'SLOW_SYNC_EVERY' | 'SLOW_SYNC_DAYS'>
  pull: TreeSource
  /** Gets the names that changed since the message's anchor. @throws when they do not come whole. */
  fetchChanges: () => Promise<PathList>
  clone: (from: string, to: string) => Promise<void>
  writeLine: (line: string) => void
  now: () => number
}

/** How it ended; `source` is where the tree lies below SLAVE_PUBLIC_DIR, for the slaves that pull from this one. */
export interface TreeSyncEnd {
  state: 'succeeded' | 'prepared'
  result: PullResult
  method: 'normal' | 'slow'
  drift: number | null
  source: string
}

/** Compares the source with a folder of this slave. */
export function dryRunOf(deps: TreeSyncDeps): DryRun {
  return (folder, onChange) =>
    deps.pull({ destination: folder, deletes: 'unlimited', keepPartials: false, dryRun: true, onChange })
}

/** A list that does not come is no reason to fail: everything is compared then. */
export async function chooseMethod(deps: TreeSyncDeps, tree: ProjectTree, message: SyncFromMaster) {
  const every = { syncs: deps.settings.SLOW_SYNC_EVERY, days: deps.settings.SLOW_SYNC_DAYS }
  const plan = planSync(message, tree.anchor(), tree.record, every, deps.now())
  if (plan.method === 'slow') return { ...plan, changes: null }
  try {
    return { ...plan, changes: await deps.fetchChanges() }
  } catch (error) {
    deps.writeLine(`[slow sync: the list of changes did not come: ${error instanceof Error ? error.message : error}]`)
    return { method: 'slow' as const, verifies: false, changes: null }
  }
}

export function afterSync(
  deps: TreeSyncDeps,
  record: TreeRecord,
  message: SyncFromMaster,
  method: 'normal' | 'slow',
  drift: number | null,
): Partial<TreeRecord> {
  const wasChecked = method === 'slow' || drift !== null
  return {
    options: describeOptions(message.rsync_options),
    normal_syncs: wasChecked ? 0 : record.normal_syncs + 1,
    ...(wasChecked ? { checked_at: new Date(deps.now()).toISOString() } : {}),
    ...(drift === null ? {} : { drift }),
  }
}

export function isSame(anchor: Anchor | null, message: SyncFromMaster): boolean {
  return !message.checksum && anchor?.tag === message.tag && anchor.generation === message.generation
}

/** False when names that the master listed were said to be missing there: the list, or rsync, cannot be trusted then. */
export function isProven(deps: TreeSyncDeps, result: PullResult): boolean {
  if (result.vanished === 0) return true
  deps.writeLine(`[${result.vanished} names vanished from a tree that stands still; comparing everything instead]`)
  return false
}

export function nothingToDo(deps: TreeSyncDeps): PullResult {
  deps.writeLine('[nothing changed; no rsync was needed]')
  return {
    outcome: 'success',
    exitCode: null,
    summary: { ...NO_CHANGES },
    skippedDeletions: 0,
    vanished: 0,
    error: null,
  }
}

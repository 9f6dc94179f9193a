// A sync of one tree on this slave, as it was planned, and how it ends.

import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { NeedRoom } from '../../shared/trees/free-space.ts'
import type { Guard, Refusal } from '../../shared/trees/guard.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import type { PullResult, TreeSource } from '../../shared/trees/source.ts'
import type { TreeTools } from '../../shared/trees/tools.ts'
import type { TreeRecord } from '../../shared/trees/tree-record.ts'

/**
 * How it ended; `source` is where the tree lies below SLAVE_PUBLIC_DIR, for the slaves that pull from this one. Null when it
 * lies on another disk.
 */
export interface TreeSyncEnd {
  state: 'succeeded' | 'prepared'
  /** Why the deletions that the sync needs were not made; null when they were. */
  refusal: Refusal | null
  result: PullResult
  method: 'normal' | 'slow'
  drift: number | null
  source: string | null
}

/** A sync as it was planned. */
export interface TreeSync {
  tree: ProjectTree
  order: SyncFromMaster
  /** The wanted generation is here already. */
  isReady: boolean
  /** The names that changed; null for a slow sync. */
  changes: PathList | null
  /** Compare everything after a normal sync. */
  verifies: boolean
  source: TreeSource
  tools: TreeTools
  /** Is called before anything is fetched. Rejects, and so ends the sync, when the disk has too little room for that. */
  needRoom: NeedRoom
  /** The result of a sync that needs no pull. */
  nothingToDo: () => PullResult
  /** What guards the tree when everything is compared; the deletions of a list have passed the master's own guard. */
  guard: Guard
  /** Writes down that an entry was deleted. */
  onDeleted: (name: string) => void
  /** Says that the master's list could not be pulled whole. */
  onListFailed: () => void
  /** What a sync that succeeded leaves in the tree's record. */
  recordOf: (method: 'normal' | 'slow', drift: number | null) => Partial<TreeRecord>
}

/** True when these changes bring contents: the rest takes no room to speak of, or makes some. Null: they are not known. */
export function takesRoom(changes: PathList | null): boolean {
  return changes === null || [...changes.values()].includes('file')
}

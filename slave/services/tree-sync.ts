// Brings a project's tree on this slave to a generation, in the way that its project is published.

import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import { syncIdle } from './sync-idle.ts'
import { syncInPlace } from './sync-in-place.ts'
import type { TreeSyncDeps, TreeSyncEnd } from './sync-method.ts'

/** Never throws for how rsync ends. A change from one way to the other converts the tree first; nothing is copied. */
export async function syncTree(deps: TreeSyncDeps, tree: ProjectTree, message: SyncFromMaster): Promise<TreeSyncEnd> {
  await tree.convert(message.publish)
  return message.publish === 'atomic' ? syncIdle(deps, tree, message) : syncInPlace(deps, tree, message)
}

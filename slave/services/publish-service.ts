// Serves another tree when the master says so, and tells whether what is served is what the fleet serves.

import { NotPrepared, ProjectNotFound } from '../../shared/errors.ts'
import type { PublishTree } from '../../shared/schemas/messages.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import { type Anchor, identifyFolder, isCurrent, isExpected } from '../../shared/trees/tree-record.ts'
import type { SyncService } from './sync-service.ts'
import type { TreeTurns } from './tree-turns.ts'
import type { Trees } from './trees.ts'

export interface PublishServiceDeps {
  trees: Trees
  turns: TreeTurns
  syncs: Pick<SyncService, 'isBusy' | 'isFollowing'>
}

export type PublishService = ReturnType<typeof createPublishService>

export function createPublishService({ trees, turns, syncs }: PublishServiceDeps) {
  /** A tree that is kept takes the place of the idle one, which a job may be filling. */
  const serve = async (tree: ProjectTree, tag: string): Promise<boolean> => {
    if (tree.slotWith(tag) !== undefined) return tree.serve(tag)
    return !turns.isTaken(tree.key) && turns.take(tree.key, () => tree.serve(tag))
  }

  return {
    /**
     * Flips to a generation. The same message again changes nothing, and one that is older than what the slave has
     * seen is ignored: messages may be late. Returns what is served then.
     *
     * @throws {NotPrepared} when the slave does not hold the generation whole, or keeps it while a job fills a tree.
     */
    publish: async (message: PublishTree): Promise<Anchor | null> => {
      const { key, id, project, ...published } = message
      const tree = await trees.adopt(key, { id, project })
      if (!isCurrent(published, tree.record.expected)) return tree.anchor()
      await trees.expect({ [key]: published })
      const serves = tree.record.mode === 'atomic' && (await serve(tree, published.tag))
      if (!serves) throw new NotPrepared(project, String(published.generation))
      return tree.anchor()
    },

    /** Null when the project is served as the fleet serves it, else why not. @throws {ProjectNotFound} */
    problemOf: (name: string): string | null => {
      const tree = trees.findByName(name)
      if (tree === undefined) throw new ProjectNotFound(name)
      return problemOf(tree, syncs)
    },
  }
}

function problemOf(tree: ProjectTree, syncs: PublishServiceDeps['syncs']): string | null {
  const { expected, mode } = tree.record
  const anchor = tree.anchor()
  // It is being changed, in place, from one whole state to the next; one that was lost is not.
  const isThere = identifyFolder(tree.served) !== null
  if (mode === 'in_place' && anchor === null && isThere && syncs.isFollowing(tree.key)) return null
  if (anchor === null) return syncs.isBusy(tree.key) ? 'it is being synced for the first time' : 'nothing whole is here'
  if (expected === null || isExpected(anchor, expected)) return null
  if (mode === 'in_place' && syncs.isFollowing(tree.key)) return null
  if (expected.generation !== anchor.generation)
    return `it serves generation ${anchor.generation}, the fleet serves ${expected.generation}`
  return `it serves a generation ${anchor.generation} of before the master was restored`
}

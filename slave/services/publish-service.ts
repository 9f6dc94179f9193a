// Serves another tree when the master says so, and tells whether what is served is what the fleet serves.

import { NotPrepared, ProjectNotFound } from '../../shared/errors.ts'
import type { PublishTree } from '../../shared/schemas/messages.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import { identifyFolder } from '../../shared/trees/tree-record.ts'
import type { SyncService } from './sync-service.ts'
import type { Trees } from './trees.ts'

export interface PublishServiceDeps {
  trees: Trees
  syncs: Pick<SyncService, 'isBusy' | 'isFollowing'>
}

export type PublishService = ReturnType<typeof createPublishService>

export function createPublishService({ trees, syncs }: PublishServiceDeps) {
  return {
    /**
     * Flips to a generation. The same message again changes nothing, and one that is older than what the slave has
     * seen is ignored: messages may be late. Returns the generation that is served then.
     *
     * @throws {NotPrepared} when the slave does not hold the generation whole.
     */
    publish: async (message: PublishTree): Promise<number | null> => {
      const { key, generation, tag, sequence } = message
      const tree = await trees.adopt(key, message)
      if ((tree.record.expected?.sequence ?? 0) > sequence) return tree.anchor()?.generation ?? null
      await trees.expect({ [key]: { generation, sequence } })
      const serves = tree.record.mode === 'atomic' && (await tree.serve(tag))
      if (!serves) throw new NotPrepared(message.project, String(generation))
      return generation
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
  if (expected === null || expected.generation === anchor.generation) return null
  if (mode === 'in_place' && syncs.isFollowing(tree.key)) return null
  return `it serves generation ${anchor.generation}, the fleet serves ${expected.generation}`
}

// Moves and converts what is mirrored already, when a project gets another name, place or way of publishing.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Store } from '../store/store.ts'
import type { MoveJournal } from './move-journal.ts'
import type { ProjectFiles } from './project-files.ts'

export interface ProjectMovesDeps {
  store: Pick<Store, 'findProjectByKey'>
  files: ProjectFiles
  /** Moves of files that are under way. */
  moves: MoveJournal
}

export type ProjectMoves = ReturnType<typeof createProjectMoves>

export function createProjectMoves({ store, files, moves }: ProjectMovesDeps) {
  const tryMove = async (from: StoredProject, to: StoredProject): Promise<void> => {
    try {
      await files.move(from, to)
    } catch (error) {
      await moves.end(from.key)
      throw error
    }
  }

  return {
    /** Moves and converts from one record to the other, and stores that; all of it or nothing. */
    move: async (
      before: StoredProject,
      wanted: StoredProject,
      storeIt: () => Promise<StoredProject>,
    ): Promise<StoredProject> => {
      const isMove = isMoved(before, wanted)
      const converts = wanted.publish !== before.publish
      const to = { ...wanted, publish: before.publish }
      // A tree that cannot be converted is not moved either.
      if (converts) await files.assertChangeable({ ...before, publish: 'atomic' }, true)
      if (isMove) await moves.begin({ from: before, to })
      if (isMove) await tryMove(before, to)
      let hasConverted = false
      try {
        if (converts) await files.convert(to, wanted.publish)
        hasConverted = converts
        return await storeIt()
      } catch (error) {
        if (hasConverted) await files.convert(wanted, before.publish)
        if (isMove) await files.move(wanted, before)
        throw error
      } finally {
        if (isMove) await moves.end(before.key)
      }
    },

    /** After a kill between a move and its record: the files go back to where the record says that they are. */
    finish: async (): Promise<void> => {
      for (const { from, to } of await moves.list()) {
        const stored = await store.findProjectByKey(from.key)
        const isStored = stored === null || (stored.dest === to.dest && stored.project === to.project)
        if (!isStored) await files.moveBack(to, from)
        await moves.end(from.key)
      }
    },
  }
}

function isMoved(before: StoredProject, wanted: StoredProject): boolean {
  return wanted.dest !== before.dest || wanted.project !== before.project
}

/** True for a change that nothing may come between: of where the tree is, how it is published, or whose it is. */
export function touchesTree(before: StoredProject, wanted: StoredProject): boolean {
  return isMoved(before, wanted) || wanted.publish !== before.publish || wanted.lead !== before.lead
}

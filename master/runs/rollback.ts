// Rolls the fleet back to the previous tree: finds that tree, and queues the run that publishes it.

import { NoEarlierTree, NotAtomic, ProjectBusy } from '../../shared/errors.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { type Anchor, otherSlot } from '../../shared/trees/tree-record.ts'
import { plainRequest } from '../records/run.ts'
import type { MasterTrees } from '../stages/master-trees.ts'
import { getProject, type Store } from '../store/store.ts'
import { enqueueNow, type Runs } from './runs.ts'

export interface RollbackDeps {
  store: Store
  trees: MasterTrees
  runs: Pick<Runs, 'isSyncing' | 'enqueue'>
}

export type Rollback = ReturnType<typeof createRollback>

export function createRollback({ store, trees, runs }: RollbackDeps) {
  /**
   * Starts to roll a project back.
   *
   * @throws {NotAtomic} @throws {NoEarlierTree} @throws {ProjectBusy} while a sync may be filling that tree.
   */
  return async (key: string): Promise<{ run: Run; generation: number }> => {
    const project = await getProject(store, key)
    if (project.publish !== 'atomic') throw new NotAtomic(project.id)
    if (runs.isSyncing(key)) throw new ProjectBusy(project.id)
    const tree = await trees.open(project)
    const live = tree.live()
    const [serves, back] = live === null ? [null, null] : [tree.held(live), tree.held(otherSlot(live))]
    if (!isEarlier(back, serves)) throw new NoEarlierTree(project.id)
    const { run } = await enqueueNow(runs, key, { ...plainRequest('rollback'), back })
    if (run.trigger !== 'rollback') throw new ProjectBusy(project.id)
    return { run, generation: back.generation }
  }
}

function isEarlier(back: Anchor | null, serves: Anchor | null): back is Anchor {
  return back !== null && serves !== null && back.generation < serves.generation
}

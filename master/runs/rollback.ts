// Rolls the fleet back to an earlier tree: finds that tree, and queues the run that publishes it.

import { GenerationNotKept, NoEarlierTree, NotAtomic, ProjectBusy } from '../../shared/errors.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { allGenerations } from '../../shared/trees/kept-trees.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'
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
   * Starts to roll a project back, to the newest tree before the one that is served where no generation is named.
   *
   * @throws {NotAtomic} @throws {NoEarlierTree} @throws {GenerationNotKept}
   * @throws {ProjectBusy} while a sync may be filling that tree.
   */
  return async (key: string, wanted: number | null): Promise<{ run: Run; generation: number }> => {
    const project = await getProject(store, key)
    if (project.publish !== 'atomic') throw new NotAtomic(project.id)
    if (runs.isSyncing(key)) throw new ProjectBusy(project.id)
    const tree = await trees.open(project)
    const earlier = earlierTrees(tree)
    const back = earlier.find(({ generation }) => wanted === null || generation === wanted)
    if (earlier.length === 0) throw new NoEarlierTree(project.id)
    if (back === undefined) throw new GenerationNotKept(project.id, String(wanted), listOf(earlier))
    const { run } = await enqueueNow(runs, key, { ...plainRequest('rollback'), back })
    if (run.trigger !== 'rollback') throw new ProjectBusy(project.id)
    return { run, generation: back.generation }
  }
}

const listOf = (earlier: readonly Anchor[]) => earlier.map(({ generation }) => generation).join(', ')

/** What is here whole of before the generation that is served, newest first. */
function earlierTrees(tree: ProjectTree): Anchor[] {
  const serves = tree.anchor()?.generation ?? 0
  const trees = allGenerations(tree).filter(({ generation }) => generation < serves)
  return trees.sort((one, other) => other.generation - one.generation)
}

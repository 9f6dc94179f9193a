// The generations of a project: what its trees on the master hold, what is served, and what is held.

import type { GenerationView } from '../../shared/schemas/generation.ts'
import { allGenerations } from '../../shared/trees/kept-trees.ts'
import { generationViews } from '../records/generation-views.ts'
import type { MasterTrees } from '../stages/master-trees.ts'
import { getProject, type Store } from '../store/store.ts'

export type GenerationList = ReturnType<typeof createGenerationList>

export function createGenerationList({ store, trees }: { store: Store; trees: Pick<MasterTrees, 'open'> }) {
  /** Newest first. @throws {ProjectNotFound} */
  return async (key: string): Promise<GenerationView[]> => {
    const project = await getProject(store, key)
    const runs = await store.listRuns({ key, limit: 1_000 })
    const tree = project.publish === 'atomic' && project.generation > 0 ? await trees.open(project) : null
    const kept = tree === null ? [] : allGenerations(tree)
    // A tree that is newer than what is served is filled, and not published.
    const served = project.published?.generation ?? 0
    return generationViews(
      project,
      kept.filter(({ generation }) => generation <= served),
      runs,
    )
  }
}

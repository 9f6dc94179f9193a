// Publishes a tree that is not whole all the same: queues the run that does.

import { NothingHeld } from '../../shared/errors.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { plainRequest } from '../records/run.ts'
import { getProject, type Store } from '../store/store.ts'
import { enqueueNow, type Runs } from './runs.ts'

export type PublishHeld = ReturnType<typeof createPublishHeld>

export function createPublishHeld({ store, runs }: { store: Store; runs: Pick<Runs, 'enqueue'> }) {
  /**
   * Starts a run that publishes what it finds, whole or not. It begins with what was fetched, and looks at the upstream again.
   *
   * @throws {NothingHeld} @throws {ProjectBusy} while the project has another run.
   */
  return async (key: string): Promise<Run> => {
    const project = await getProject(store, key)
    if ((project.held ?? null) === null) throw new NothingHeld(project.id)
    const { run } = await enqueueNow(runs, key, { ...plainRequest('explicit'), publishHeld: true })
    return run
  }
}

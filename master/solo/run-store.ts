// Saves the records of a single master's runs, in its store.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { withEndedRun } from '../records/project.ts'
import type { RunStore } from '../runs/run-store.ts'
import type { Store } from '../store/store.ts'

export interface SoloRunStore extends RunStore {
  /** Removes a run from its project's active runs. `run` is null when only its id is known. */
  close: (key: string, runId: string, run: Run | null) => Promise<StoredProject>
}

/** `history` is how many runs of each project are kept. */
export function createSoloRunStore(store: Pick<Store, 'saveRun' | 'updateProject'>, history: number): SoloRunStore {
  const save = async (key: string, run: Run): Promise<void> => {
    await store.saveRun(key, run, history)
  }
  const close: SoloRunStore['close'] = (key, runId, run) =>
    store.updateProject(key, (project) => withEndedRun(project, runId, run))
  return {
    // There is no other master: the run in memory is the one that requests join.
    start: async (_key, run) => run,
    save,
    close,
    end: async (key, run) => {
      await save(key, run)
      return close(key, run.run, run)
    },
    // It is stored as it is; `recover` takes it up.
    putBack: async () => {},
  }
}

// Runs that fail at once, and a rest of their project that lasts until it is told to end.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { TestMaster } from './master.ts'

/** Nothing listens on port 9: an upstream stage fails at once and waits for its next attempt. */
export const addUnreachable = (master: TestMaster, project: string, more: object = {}) =>
  master.ask('/add_project/', {
    project,
    rsync_host: '127.0.0.1',
    rsync_port: 9,
    rsync_module: 'm',
    dest: `${master.folder}/mirror`,
    ...more,
  })

/** The project rests; `end` ends it, and resolves when it is over. */
export async function holdRest({ runs, store }: TestMaster['context'], id: string): Promise<Rest> {
  const project = await store.findProject(id)
  if (project === null) throw new Error(`no project ${id}`)
  let finish = () => {}
  const moving = runs.withTreeLock(
    project,
    () =>
      new Promise<void>((done) => {
        finish = done
      }),
  )
  return {
    project,
    end: () => {
      finish()
      return moving
    },
  }
}

interface Rest {
  project: StoredProject
  end: () => Promise<void>
}

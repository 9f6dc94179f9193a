// Gives the projects of a user who is gone to another one, so that nobody inherits them by taking the same name.

import { ProjectNotFound } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Role } from '../../shared/schemas/roles.ts'
import { viewProject } from '../records/project-view.ts'
import type { Store } from '../store/store.ts'

export interface HandOverDeps {
  store: Pick<Store, 'listProjects' | 'updateProject'>
  events: EventBus<MasterEvents>
}

/**
 * Gives all projects of the owner `from` to `to`. Their trigger secrets go, which whoever had the projects knows. Addresses
 * that `from` named reach no more than before, unless `from` was a root.
 */
export type HandOver = (from: { username: string; role: Role | null }, to: string) => Promise<void>

export function createHandOver({ store, events }: HandOverDeps): HandOver {
  return async (from, to) => {
    for (const { id, key, owner } of await store.listProjects()) {
      if (owner !== from.username) continue
      try {
        const project = await store.updateProject(key, (current) => ({
          ...current,
          owner: to,
          trigger_secret: null,
          public_only: from.role !== 'root' || (current.public_only ?? false),
        }))
        events.publish('project.changed', { id, key, project: viewProject(project) })
      } catch (error) {
        // Removed meanwhile.
        if (!(error instanceof ProjectNotFound)) throw error
      }
    }
  }
}

// What answers show of projects, written once per change rather than once per request.

import type { EventBus } from '../../shared/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Store } from '../store/store.ts'
import { viewProject } from '../sync/view-project.ts'

export type ProjectViews = ReturnType<typeof createProjectViews>

/** Keeps the JSON text of every project and of the list of all; events say what has to be written anew. */
export function createProjectViews(store: Store, events: EventBus<MasterEvents>) {
  const texts = new Map<string, string>()
  let list: string | null = null
  let revision = 0
  const unsubscribe = events.subscribe((name, event) => {
    if (!name.startsWith('project.') || !('key' in event)) return
    texts.delete(event.key)
    list = null
    revision++
  })

  const textOf = (project: StoredProject): string => {
    let text = texts.get(project.key)
    if (text === undefined) {
      text = JSON.stringify(viewProject(project))
      texts.set(project.key, text)
    }
    return text
  }

  return {
    /** A JSON array of all projects, sorted by id. */
    listJson: async (): Promise<string> => {
      if (list !== null) return list
      const atRevision = revision
      const projects = [...(await store.listProjects())].sort((a, b) => (a.id < b.id ? -1 : 1))
      const text = `[${projects.map(textOf).join(',')}]`
      // A change that came while this was written makes it old before it is kept.
      if (revision === atRevision) list = text
      return text
    },
    stop: unsubscribe,
  }
}

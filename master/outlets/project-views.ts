// The JSON of projects in answers, built once per change rather than once per request.

import { randomBytes } from 'node:crypto'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { viewProject } from '../records/project-view.ts'
import type { Store } from '../store/store.ts'

export type ProjectViews = ReturnType<typeof createProjectViews>

/** A JSON array in pieces that can be sent one after the other; `etag` changes whenever the array does (RFC 9110, 8.8.3). */
export interface ListText {
  pieces: readonly string[]
  etag: string
}

/** A piece is closed when it is longer than this, in characters. */
const PIECE = 64 * 1024

/** Keeps the JSON text of every project and of the list of all; events say what must be built again. */
export function createProjectViews(store: Store, events: EventBus<MasterEvents>) {
  const texts = new Map<string, string>()
  // Revisions are counted per process: a restarted one, or another master, may have the same number.
  const boot = randomBytes(6).toString('base64url')
  let list: ListText | null = null
  let revision = 0
  const forgetList = () => {
    list = null
    revision++
  }
  const unsubscribe = events.onAny(({ name, event }) => {
    if (!name.startsWith('project.') || !('key' in event)) return
    texts.delete(event.key)
    forgetList()
  })

  const textOf = (project: StoredProject): string => {
    let text = texts.get(project.key)
    if (text === undefined) {
      text = JSON.stringify(viewProject(project))
      texts.set(project.key, text)
    }
    return text
  }

  const write = (projects: readonly StoredProject[]): string[] => {
    const pieces: string[] = []
    let piece = '['
    for (const [index, project] of projects.entries()) {
      piece += index === 0 ? textOf(project) : `,${textOf(project)}`
      if (piece.length < PIECE) continue
      pieces.push(piece)
      piece = ''
    }
    return [...pieces, `${piece}]`]
  }

  return {
    /** All projects, sorted by id. */
    list: async (): Promise<ListText> => {
      if (list !== null) return list
      const atRevision = revision
      const projects = [...(await store.listProjects())].sort((a, b) => (a.id < b.id ? -1 : 1))
      const written = { pieces: write(projects), etag: `"${boot}-${atRevision}"` }
      // A change meanwhile has made it stale already.
      if (revision === atRevision) list = written
      return written
    },
    /** Events may have been missed: everything is built again. */
    forget: (): void => {
      texts.clear()
      forgetList()
    },
    stop: unsubscribe,
  }
}

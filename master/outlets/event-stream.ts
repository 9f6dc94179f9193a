// Gives readers the events of the master: a snapshot first, or what they missed, and then each as it happens.

import type { ServerResponse } from 'node:http'
import { TooManyReaders } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import { createSseBuffer, openSseStream, type SseStream } from '../../shared/http/sse.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import { viewProject } from '../records/project-view.ts'
import type { Runs } from '../runs/runs.ts'
import type { SlaveService } from '../services/slave-service.ts'
import type { Store } from '../store/store.ts'

export interface EventStreamDeps {
  store: Store
  events: EventBus<MasterEvents>
  runs: Pick<Runs, 'listActive'>
  slaves: SlaveService
}

/** What a reader wants: the events of one project only, and what came after the event that it saw last. */
export interface EventWish {
  username: string
  id?: string
  lastEventId?: string
}

export type EventStream = ReturnType<typeof createEventStream>

const BUFFERED_EVENTS = 2_000
const READERS_A_USER = 16

export function createEventStream({ store, events, runs, slaves }: EventStreamDeps) {
  const buffer = createSseBuffer(BUFFERED_EVENTS)
  const readers = new Map<SseStream, EventWish>()
  const unsubscribe = events.subscribe((name, data) => {
    const event = buffer.add(name, data)
    for (const [stream, wish] of readers) {
      if (concerns(wish, data) && !stream.send(event)) readers.delete(stream)
    }
  })

  const snapshot = async (wish: EventWish) => {
    const projects = (await store.listProjects()).filter((project) => wish.id === undefined || project.id === wish.id)
    return {
      projects: projects.map(viewProject),
      slaves: await slaves.list(),
      runs: runs.listActive().filter((run) => wish.id === undefined || run.id === wish.id),
    }
  }

  return {
    /** @throws {TooManyReaders} when the user has as many streams as one may have. */
    assertRoom: (username: string): void => {
      const open = [...readers.values()].filter((wish) => wish.username === username).length
      if (open >= READERS_A_USER) throw new TooManyReaders()
    },
    /** Opens a stream on a raw response and keeps it until either side ends it. */
    open: async (response: ServerResponse, wish: EventWish): Promise<void> => {
      const missed = wish.lastEventId === undefined ? null : buffer.since(wish.lastEventId)
      // Taken before it is sent: what happens meanwhile is told twice rather than never.
      const before = buffer.newest()
      const data = missed === null ? await snapshot(wish) : null
      const stream = openSseStream(response, () => readers.delete(stream))
      if (data !== null) stream.send({ id: before, name: 'snapshot', data })
      for (const event of missed ?? buffer.since(before) ?? []) {
        if (concerns(wish, event.data)) stream.send(event)
      }
      readers.set(stream, wish)
    },
    /** Events may have been missed: every reader comes back, and gets a snapshot. */
    forget: (): void => {
      buffer.forget()
      for (const stream of readers.keys()) stream.end()
      readers.clear()
    },
    /** Ends every stream, so that the server can close. */
    stop: (): void => {
      unsubscribe()
      for (const stream of readers.keys()) stream.end()
      readers.clear()
    },
  }
}

/** Events of slaves concern everybody. */
function concerns(wish: EventWish, data: unknown): boolean {
  const { id } = Object(data) as { id?: string }
  return wish.id === undefined || id === undefined || id === wish.id
}

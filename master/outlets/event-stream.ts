// Streams the master's events to readers: first a snapshot or the events that they missed, then each as it happens.

import type { ServerResponse } from 'node:http'
import { TooManyReaders } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import { repeat } from '../../shared/flow/repeat.ts'
import { createSseBuffer, openSseStream, type SseStream } from '../../shared/http/sse.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { viewProject } from '../records/project-view.ts'
import type { Runs } from '../runs/runs.ts'
import type { Store } from '../store/store.ts'

export interface EventStreamDeps {
  store: Store
  events: EventBus<MasterEvents>
  runs: Pick<Runs, 'listActive'>
  slaves: { list: () => Promise<SlaveView[]> }
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** What a reader asks for: the events of one project only, and those after the event that it saw last. */
export interface EventRequest {
  username: string
  /** Whether the log-in of the reader is valid still. */
  isLoggedIn: () => Promise<boolean>
  id?: string
  lastEventId?: string
}

export type EventStream = ReturnType<typeof createEventStream>

const BUFFERED_EVENTS = 2_000
const READERS_A_USER = 16
/** How often the log-ins of readers are looked at: they may log out, be removed, or have a token that expires. */
const LOGIN_CHECK_MS = 10_000

export function createEventStream({ store, events, runs, slaves, onError }: EventStreamDeps) {
  const buffer = createSseBuffer(BUFFERED_EVENTS)
  const readers = new Map<SseStream, EventRequest>()
  const unsubscribe = events.onAny((named) => {
    const event = buffer.add(named.name, named.event)
    for (const [stream, request] of readers) {
      if (concerns(request, named.event) && !stream.send(event)) readers.delete(stream)
    }
  })

  const snapshot = async (request: EventRequest) => {
    const projects = (await store.listProjects()).filter(
      (project) => request.id === undefined || project.id === request.id,
    )
    return {
      projects: projects.map(viewProject),
      slaves: await slaves.list(),
      runs: runs.listActive().filter((run) => request.id === undefined || run.id === request.id),
    }
  }

  const checks = repeat({
    every: LOGIN_CHECK_MS,
    first: 'later',
    ref: false,
    work: async () => {
      for (const [stream, { isLoggedIn }] of [...readers]) {
        if (await isLoggedIn()) continue
        readers.delete(stream)
        stream.end()
      }
    },
    onError: (error) => onError(error, { part: 'readers of events' }),
  })

  return {
    /** @throws {TooManyReaders} when the user has as many streams as one may have. */
    assertRoom: (username: string): void => {
      const open = [...readers.values()].filter((request) => request.username === username).length
      if (open >= READERS_A_USER) throw new TooManyReaders()
    },
    /** Opens a stream on a raw response and keeps it until either side ends it. */
    open: async (response: ServerResponse, request: EventRequest): Promise<void> => {
      const missed = request.lastEventId === undefined ? null : buffer.since(request.lastEventId)
      // Taken before the snapshot is read: an event in between is sent twice rather than never.
      const before = buffer.newest()
      const data = missed === null ? await snapshot(request) : null
      const stream = openSseStream(response, () => readers.delete(stream))
      if (data !== null) stream.send({ id: before, name: 'snapshot', data })
      for (const event of missed ?? buffer.since(before) ?? []) {
        if (concerns(request, event.data)) stream.send(event)
      }
      readers.set(stream, request)
    },
    /** Events may have been missed: every reader has to reconnect, and gets a snapshot. */
    forget: (): void => {
      buffer.forget()
      for (const stream of readers.keys()) stream.end()
      readers.clear()
    },
    /** Ends every stream, so that the server can close. */
    stop: async (): Promise<void> => {
      unsubscribe()
      await checks.stop()
      for (const stream of readers.keys()) stream.end()
      readers.clear()
    },
  }
}

/** Events of slaves concern every reader. */
function concerns(request: EventRequest, data: unknown): boolean {
  if (request.id === undefined || typeof data !== 'object' || data === null || !('id' in data)) return true
  return data.id === request.id
}

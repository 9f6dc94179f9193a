// Server-Sent Events (WHATWG HTML, 9.2): numbered events, replayed from a bounded buffer. A slow reader is dropped.

import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'

/** One event as readers receive it; `id` orders the events of this process. */
export interface SseEvent {
  id: string
  name: string
  data: unknown
}

/** Keeps the newest events, so that a reader that reconnects can continue where it stopped. */
export interface SseBuffer {
  add: (name: string, data: unknown) => SseEvent
  /** The events after the one with this id; null when the id is not known (any more), and the reader needs a snapshot. */
  since: (id: string) => SseEvent[] | null
  /** The id of the newest event; its number is 0 when there is none yet. */
  newest: () => string
  /** Forgets all events, because some may be missing. Readers that reconnect get a snapshot. */
  forget: () => void
}

/** A reader that leaves more than this unread is dropped. */
const MAX_UNREAD_BYTES = 1024 * 1024
const HEARTBEAT_MS = 15_000

/**
 * Makes a buffer of at most `size` events. Its ids are unique to this process, so that a restarted one does not take
 * them for its own.
 */
export function createSseBuffer(size: number): SseBuffer {
  let boot = randomBytes(4).toString('hex')
  const events: SseEvent[] = []
  let count = 0
  return {
    add: (name, data) => {
      count++
      const event = { id: `${boot}-${count}`, name, data }
      events.push(event)
      if (events.length > size) events.shift()
      return event
    },
    since: (id) => {
      const [theirBoot, theirCount] = id.split('-')
      const missed = count - Number(theirCount)
      if (theirBoot !== boot || !(missed >= 0 && missed <= events.length)) return null
      return missed === 0 ? [] : events.slice(-missed)
    },
    newest: () => `${boot}-${count}`,
    forget: () => {
      boot = randomBytes(4).toString('hex')
      events.length = 0
      count = 0
    },
  }
}

/** An open stream to one reader; `send` returns false when the reader was dropped. */
export interface SseStream {
  send: (event: SseEvent) => boolean
  end: () => void
}

/** Opens a stream on a raw response. `onClose` is called once, however it ends. */
export function openSseStream(response: ServerResponse, onClose: () => void): SseStream {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  const write = (text: string): boolean => {
    if (response.destroyed || response.writableEnded) return false
    if (response.writableLength > MAX_UNREAD_BYTES) {
      response.destroy()
      return false
    }
    response.write(text)
    return true
  }
  // A comment line keeps proxies from closing the connection, and detects a reader that is gone.
  const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS)
  heartbeat.unref()
  response.once('close', () => {
    clearInterval(heartbeat)
    onClose()
  })
  write(': hello\n\n')
  return {
    send: ({ id, name, data }) => write(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
    end: () => response.end(),
  }
}

// Tells when projects fall due: a heap of due times that one node-cron task looks at every second.

import cron, { type Logger, type ScheduledTask } from 'node-cron'
import TinyQueue from 'tinyqueue'

interface Entry {
  key: string
  due: number
}

/** Holds one due time a key. While nothing is due, a tick looks at one entry, however many there are. */
export interface Scheduler {
  /** Sets when the key falls due, in milliseconds since 1970; null takes it off. */
  set: (key: string, due: number | null) => void
  /** How many keys have a due time. */
  size: () => number
  /** When the last tick was, in milliseconds since 1970. */
  lastTick: () => number
  /** Calls back for all that is due; the task does this every second. */
  tick: () => void
  start: () => void
  stop: () => Promise<void>
}

/** node-cron would print a line of its own for a tick that came late; the next one finds all that is due all the same. */
const SILENT: Logger = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }

/** Makes a scheduler that calls `onDue` once for each due time that has come; the key then has none until it is set. */
export function createScheduler(now: () => number, onDue: (key: string, due: number) => void): Scheduler {
  const dues = new Map<string, number>()
  const heap = new TinyQueue<Entry>([], (a, b) => a.due - b.due)
  let task: ScheduledTask | null = null
  let lastTick = now()

  /** An entry whose key was set anew is stale; so many of those would only grow the heap. */
  const isCurrent = (entry: Entry) => dues.get(entry.key) === entry.due
  const compact = () => {
    if (heap.length < 1_000 || heap.length < dues.size * 2) return
    const current = heap.data.filter(isCurrent)
    while (heap.length > 0) heap.pop()
    for (const entry of current) heap.push(entry)
  }

  const tick = () => {
    lastTick = now()
    for (let entry = heap.peek(); entry !== undefined && entry.due <= lastTick; entry = heap.peek()) {
      heap.pop()
      if (!isCurrent(entry)) continue
      dues.delete(entry.key)
      onDue(entry.key, entry.due)
    }
  }

  return {
    set: (key, due) => {
      if (due === null) dues.delete(key)
      else if (dues.get(key) !== due) {
        dues.set(key, due)
        heap.push({ key, due })
        compact()
      }
    },
    size: () => dues.size,
    lastTick: () => lastTick,
    tick,
    start: () => {
      task ??= cron.schedule('* * * * * *', tick, { noOverlap: true, name: 'due projects', logger: SILENT })
    },
    stop: async () => {
      await task?.destroy()
      task = null
    },
  }
}

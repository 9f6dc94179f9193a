// Tells when projects fall due: one node-cron task checks a heap of due times every second.

import cron, { type Logger, type ScheduledTask } from 'node-cron'
import TinyQueue from 'tinyqueue'

interface Entry {
  key: string
  due: number
}

/** Holds one due time per key. While nothing is due, a tick checks one entry, however many there are. */
export interface Scheduler {
  /** Sets when the key falls due, in milliseconds since 1970; null removes it. */
  set: (key: string, due: number | null) => void
  /** How many keys have a due time. */
  size: () => number
  /** When the last tick was, in milliseconds since 1970. */
  lastTick: () => number
  /** Calls `onDue` for every key that is due; the task does this every second. */
  tick: () => void
  start: () => void
  stop: () => Promise<void>
}

/** node-cron would print a line for a late tick, which does no harm: the next tick finds everything that is due. */
const SILENT: Logger = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }

/**
 * Makes a scheduler that calls `onDue` once for each due time that has come. The key then has no due time until it is
 * set again.
 */
export function createScheduler(now: () => number, onDue: (key: string, due: number) => void): Scheduler {
  const dues = new Map<string, number>()
  const heap = new TinyQueue<Entry>([], (a, b) => a.due - b.due)
  let task: ScheduledTask | null = null
  let lastTick = now()

  /**
   * An entry is stale when its key has another due time; `compact` removes stale entries before they outnumber the
   * others.
   */
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

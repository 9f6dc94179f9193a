// Tells when projects fall due: one node-cron task checks a heap of due times every second.

import cron, { type Logger, type ScheduledTask } from 'node-cron'
import TinyQueue from 'tinyqueue'
import { type Repetition, repeat } from '../../shared/flow/repeat.ts'

interface Entry {
  key: string
  due: number
}

/** Holds one due time per key. While nothing is due, a tick checks one entry, however many there are. */
export interface Scheduler {
  /** Sets when the key falls due, in milliseconds since 1970; null removes it. */
  set: (key: string, due: number | null) => void
  /** The same, unless the key falls due before that. */
  setSooner: (key: string, due: number) => void
  /** How many keys have a due time. */
  size: () => number
  /** Milliseconds since the last tick, by a clock that nobody sets; 0 while it is not started. */
  sinceTick: () => number
  /** Calls `onDue` for every key that is due; the task does this every second. */
  tick: () => void
  start: () => void
  stop: () => Promise<void>
}

/** node-cron waits for a time of day: when the clock was set back, for as long as that lies ahead. Then it is started anew. */
const TICK_PATIENCE_MS = 5_000
/** A smaller correction is no reason for a fire time to come twice. */
const SET_BACK_MS = 60_000
/** node-cron would print a line for a late tick, which does no harm: the next tick finds everything that is due. */
const SILENT: Logger = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }

/**
 * Makes a scheduler that calls `onDue` once for each due time that has come. The key then has no due time until it is
 * set again. `onSetBack` is called when the clock was set back: what was computed by it may come too late.
 */
export function createScheduler(
  now: () => number,
  onDue: (key: string, due: number) => void,
  onSetBack: () => void = () => {},
): Scheduler {
  const dues = new Map<string, number>()
  const heap = new TinyQueue<Entry>([], (a, b) => a.due - b.due)
  let task: ScheduledTask | null = null
  let watch: Repetition | null = null
  let tickedAt = performance.now()

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
    tickedAt = performance.now()
    const time = now()
    for (let entry = heap.peek(); entry !== undefined && entry.due <= time; entry = heap.peek()) {
      heap.pop()
      if (!isCurrent(entry)) continue
      dues.delete(entry.key)
      onDue(entry.key, entry.due)
    }
  }

  const sinceTick = () => performance.now() - tickedAt
  const startTask = () => {
    task = cron.schedule('* * * * * *', tick, { noOverlap: true, name: 'due projects', logger: SILENT })
  }

  /** How far the clock is ahead of the one that nobody sets. */
  const readLead = () => now() - performance.now()
  const watchClock = () => {
    let lead = readLead()
    return async () => {
      const before = lead
      lead = readLead()
      if (sinceTick() > TICK_PATIENCE_MS) {
        await task?.destroy()
        startTask()
        tick()
      }
      if (lead < before - SET_BACK_MS) onSetBack()
    }
  }

  const set: Scheduler['set'] = (key, due) => {
    if (due === null) dues.delete(key)
    else if (dues.get(key) !== due) {
      dues.set(key, due)
      heap.push({ key, due })
      compact()
    }
  }

  return {
    set,
    setSooner: (key, due) => set(key, Math.min(due, dues.get(key) ?? due)),
    size: () => dues.size,
    sinceTick: () => (task === null ? 0 : sinceTick()),
    tick,
    start: () => {
      if (task !== null) return
      tickedAt = performance.now()
      startTask()
      watch = repeat({ work: watchClock(), every: TICK_PATIENCE_MS, first: 'later', ref: false, onError: () => {} })
    },
    stop: async () => {
      await watch?.stop()
      await task?.destroy()
      task = null
    },
  }
}

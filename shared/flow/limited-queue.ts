// A queue with two limits on the jobs that run at once: one for all of them, one for those of the same key.

interface Waiting {
  id: string
  key: string
  perKey: number
  priority: number
  /** How many jobs that came later have gone first. */
  passed: number
  /** Counts up in the order in which jobs were queued. */
  number: number
  start: () => void
}

/** No job lets more than this many go first that came later, when it could have been started instead. */
export const MOST_PASSED = 4

/**
 * A job for the queue. Higher priorities go first, equal ones in the order in which they were queued; but a job that
 * has let MOST_PASSED others go first is next.
 */
export interface QueuedJob {
  id: string
  key: string
  /** How many jobs of its key may run beside it, itself included, in place of the queue's limit. */
  perKey?: number | null
  priority: number
  /** When it aborts while the job waits, the job never starts and its promise is rejected with the signal's reason. */
  signal: AbortSignal
}

/** Runs jobs within its limits. */
export class LimitedQueue {
  readonly #limit: number
  readonly #perKey: number
  /** In the order of their priorities. */
  readonly #waiting: Waiting[] = []
  #queued = 0
  readonly #running = new Map<string, number>()
  #total = 0

  constructor(limits: { limit: number; perKey: number }) {
    this.#limit = limits.limit
    this.#perKey = limits.perKey
  }

  /** Jobs that wait for their turn. */
  get length(): number {
    return this.#waiting.length
  }

  /** Jobs that wait or run. */
  get size(): number {
    return this.#waiting.length + this.#total
  }

  /** Runs `work` when its turn comes; resolves or rejects as it does. */
  run<T>(job: QueuedJob, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      job.signal.throwIfAborted()
      const { id, key, priority } = job
      const perKey = job.perKey ?? this.#perKey
      const onAbort = () => {
        if (this.#remove(waiting)) reject(job.signal.reason)
      }
      const waiting: Waiting = {
        id,
        key,
        perKey,
        priority,
        number: this.#queued++,
        passed: 0,
        start: () => {
          job.signal.removeEventListener('abort', onAbort)
          work()
            .then(resolve, reject)
            .finally(() => this.#finish(key))
        },
      }
      job.signal.addEventListener('abort', onAbort, { once: true })
      this.#insert(waiting)
      this.#startNext()
    })
  }

  /** Gives a waiting job a higher priority; nothing happens when it does not wait. */
  promote(id: string, priority: number): void {
    const waiting = this.#waiting.find((one) => one.id === id)
    if (waiting === undefined || waiting.priority >= priority) return
    this.#remove(waiting)
    waiting.priority = priority
    this.#insert(waiting)
  }

  #insert(waiting: Waiting): void {
    const index = this.#waiting.findLastIndex((one) => one.priority >= waiting.priority)
    this.#waiting.splice(index + 1, 0, waiting)
  }

  #remove(waiting: Waiting): boolean {
    const index = this.#waiting.indexOf(waiting)
    if (index >= 0) this.#waiting.splice(index, 1)
    return index >= 0
  }

  #startNext(): void {
    while (this.#total < this.#limit) {
      const ready = this.#waiting.filter((one) => (this.#running.get(one.key) ?? 0) < one.perKey)
      const next = ready.find(({ passed }) => passed >= MOST_PASSED) ?? ready[0]
      if (next === undefined) return
      this.#remove(next)
      for (const one of ready) if (one.number < next.number) one.passed += 1
      this.#total++
      this.#running.set(next.key, (this.#running.get(next.key) ?? 0) + 1)
      next.start()
    }
  }

  #finish(key: string): void {
    const left = (this.#running.get(key) ?? 1) - 1
    if (left === 0) this.#running.delete(key)
    else this.#running.set(key, left)
    this.#total--
    this.#startNext()
  }
}

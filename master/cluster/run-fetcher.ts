// Fetches the runs that wait for this master: at once when it is woken, and every second in any case.

import { setTimeout as sleep } from 'node:timers/promises'
import type { EventBridge } from './event-bridge.ts'
import type { JobQueue, RunJob } from './job-queue.ts'

export interface RunFetcherDeps {
  jobs: JobQueue
  bridge: EventBridge
  node: string
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** What is done with what was fetched. `room` is how many runs may be begun. */
export interface RunTaker {
  room: () => number
  begin: (jobId: string, job: RunJob) => Promise<void>
}

const LOOK_MS = 1_000

export class RunFetcher {
  readonly #deps: RunFetcherDeps
  readonly #taker: RunTaker
  readonly #stopping = new AbortController()
  #wake = new AbortController()
  #looking: Promise<void> = Promise.resolve()

  constructor(deps: RunFetcherDeps, taker: RunTaker) {
    this.#deps = deps
    this.#taker = taker
    deps.bridge.onWake((node) => {
      if (node === deps.node) this.#wake.abort()
    })
  }

  start(): void {
    this.#looking = this.#look()
  }

  /** Has the master of that name look at once. */
  wake(node: string): void {
    if (node === this.#deps.node) this.#wake.abort()
    else this.#deps.bridge.sendWake(node)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#looking
  }

  async #look(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController()
      if ((await this.#fetch()) > 0) continue
      const signal = AbortSignal.any([this.#wake.signal, this.#stopping.signal])
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** Returns how many there were. */
  async #fetch(): Promise<number> {
    const { jobs, node, onError } = this.#deps
    const room = this.#taker.room()
    if (room <= 0) return 0
    try {
      const fetched = await jobs.fetchRuns(node, room)
      await Promise.all(fetched.map(({ id, data }) => this.begin(id, data)))
      return fetched.length
    } catch (error) {
      onError(error, { part: 'run queue' })
      return 0
    }
  }

  /** Begins a run that was fetched, or gives its job back. */
  async begin(jobId: string, job: RunJob): Promise<void> {
    try {
      await this.#taker.begin(jobId, job)
    } catch (error) {
      this.#deps.onError(error, { run: job.run })
      await this.#deps.jobs.failRun(this.#deps.node, jobId, error)
    }
  }
}

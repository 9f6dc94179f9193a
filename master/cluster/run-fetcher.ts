// Fetches the runs that wait for this master: at once when it is woken, and every second in any case.

import { type Repetition, repeat } from '../../shared/flow/repeat.ts'
import type { EventBridge } from './event-bridge.ts'
import type { JobQueue, RunJob } from './job-queue.ts'

export interface RunFetcherDeps {
  jobs: JobQueue
  bridge: EventBridge
  node: string
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** Begins the runs that were fetched. `room` is how many more may begin. */
export interface RunTaker {
  room: () => number
  begin: (jobId: string, job: RunJob) => Promise<void>
}

const LOOK_MS = 1_000
/** One of so many runs that are fetched is the oldest, whatever its priority, so that none waits for good. */
const OLDEST_EVERY = 5

export class RunFetcher {
  readonly #deps: RunFetcherDeps
  readonly #taker: RunTaker
  #looks: Repetition | null = null
  #sinceOldest = 0

  constructor(deps: RunFetcherDeps, taker: RunTaker) {
    this.#deps = deps
    this.#taker = taker
    deps.bridge.onWake((node) => {
      if (node === deps.node) this.#looks?.wake()
    })
  }

  start(): void {
    const onError = (error: unknown) => this.#deps.onError(error, { part: 'run queue' })
    this.#looks = repeat({ work: () => this.#fetch(), every: LOOK_MS, onError })
  }

  /** Makes the master of that name look at once. */
  wake(node: string): void {
    if (node === this.#deps.node) this.#looks?.wake()
    else this.#deps.bridge.sendWake(node)
  }

  async stop(): Promise<void> {
    await this.#looks?.stop()
  }

  async #fetch(): Promise<void> {
    const { jobs, node } = this.#deps
    const room = this.#taker.room()
    if (room <= 0) return
    const isOldestDue = this.#sinceOldest + room >= OLDEST_EVERY
    const oldest = isOldestDue ? await jobs.fetchRuns(node, 1, 'age') : []
    // No oldest one: there is none at all.
    const most = isOldestDue && oldest.length === 0 ? 0 : room - oldest.length
    const others = most > 0 ? await jobs.fetchRuns(node, most, 'priority') : []
    this.#sinceOldest = oldest.length > 0 ? 0 : this.#sinceOldest + others.length
    const fetched = [...oldest, ...others]
    await Promise.all(fetched.map(({ id, data }) => this.begin(id, data)))
    // There may be more.
    if (fetched.length > 0) this.#looks?.wake()
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

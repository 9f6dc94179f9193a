// The active runs of this master: per project a sync, others that wait for it, and a refresh, which only brings slaves up to date.

import type { ActiveRun, Interruption } from './active-run.ts'

export class ActiveRuns {
  readonly #byId = new Map<string, ActiveRun>()
  /** By the project's key, in their order: the first is executed, the others wait. */
  readonly #syncs = new Map<string, readonly ActiveRun[]>()
  readonly #refreshes = new Map<string, ActiveRun>()
  readonly #numbers = new Map<string, number>()
  /** The runs from `add` until they have ended and their executor is done. */
  readonly #ends = new Map<ActiveRun, { promise: Promise<void>; resolve: () => void }>()
  readonly #executing = new Set<ActiveRun>()

  /**
   * The number of a project's next run; `made` is the stored number of runs made. A sync and a refresh that start at
   * the same time read the same `made`, but must not get the same number.
   */
  nextNumber(key: string, made: number): number {
    const number = Math.max(made, this.#numbers.get(key) ?? 0) + 1
    this.#numbers.set(key, number)
    return number
  }

  /** Gives back a number whose run could not be stored: the next one takes its place, and that of what was stored of it. */
  giveBack(key: string, number: number): void {
    if (this.#numbers.get(key) === number) this.#numbers.set(key, number - 1)
  }

  add(active: ActiveRun): void {
    this.#byId.set(active.run.run, active)
    let resolve = () => {}
    const promise = new Promise<void>((done) => {
      resolve = done
    })
    this.#ends.set(active, { promise, resolve })
    if (isRefresh(active)) this.#refreshes.set(active.key, active)
    else this.#syncs.set(active.key, [...this.syncsOf(active.key), active])
  }

  /** Removes a run. The project may have its next run at once. */
  remove(active: ActiveRun): void {
    const { key } = active
    this.#byId.delete(active.run.run)
    if (this.#refreshes.get(key) === active) this.#refreshes.delete(key)
    const others = this.syncsOf(key).filter((one) => one !== active)
    if (others.length > 0) this.#syncs.set(key, others)
    else this.#syncs.delete(key)
    // A run that was never executed is settled here.
    if (!this.#executing.has(active)) this.#settle(active)
  }

  /** Records that the run is being executed, until `done` settles. */
  execute(active: ActiveRun, done: Promise<void>): void {
    this.#executing.add(active)
    void done.finally(() => {
      this.#executing.delete(active)
      this.#settle(active)
    })
  }

  find(runId: string): ActiveRun | undefined {
    return this.#byId.get(runId)
  }

  isActive(key: string): boolean {
    return this.#syncs.has(key) || this.#refreshes.has(key)
  }

  /** The syncs of a project: the one that is executed, then those that wait for it. */
  syncsOf(key: string): readonly ActiveRun[] {
    return this.#syncs.get(key) ?? []
  }

  /** Resolves when no other sync of its project comes before this one. Rejects when it is aborted. */
  async turnOf(active: ActiveRun): Promise<void> {
    for (;;) {
      active.signal.throwIfAborted()
      const [first] = this.syncsOf(active.key)
      if (first === undefined || first === active) return
      await Promise.race([this.#ends.get(first)?.promise, aborted(active.signal)])
    }
  }

  refreshOf(key: string): ActiveRun | undefined {
    return this.#refreshes.get(key)
  }

  list(): ActiveRun[] {
    return [...this.#byId.values()]
  }

  /** Stops a run; resolves when it has ended. `reason` is set when no user stops it. */
  async stop(active: ActiveRun, reason?: Interruption): Promise<void> {
    active.controller.abort(reason)
    await this.#ends.get(active)?.promise
  }

  /** Stops the runs that match; resolves when all have ended. */
  async stopAll(matches: (active: ActiveRun) => boolean, reason?: Interruption): Promise<void> {
    await Promise.all([...this.#ends.keys()].filter(matches).map((active) => this.stop(active, reason)))
  }

  #settle(active: ActiveRun): void {
    this.#ends.get(active)?.resolve()
    this.#ends.delete(active)
  }
}

function isRefresh({ request }: ActiveRun): boolean {
  return request.onlySlaves !== undefined
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

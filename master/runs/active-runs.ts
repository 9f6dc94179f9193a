// The runs that have not ended: at most one sync of a project, and beside it one that only brings slaves up to date.

import type { ActiveRun } from './active-run.ts'

export class ActiveRuns {
  readonly #byId = new Map<string, ActiveRun>()
  readonly #syncs = new Map<string, ActiveRun>()
  readonly #refreshes = new Map<string, ActiveRun>()
  readonly #numbers = new Map<string, number>()
  /** From the moment that a run is begun until all that it leaves behind is in order. */
  readonly #ends = new Map<ActiveRun, { promise: Promise<void>; resolve: () => void }>()
  readonly #executing = new Set<ActiveRun>()

  /**
   * The number of a project's next run; `made` is how many are stored as made. Two that start at once (a sync, and a
   * refresh of slaves) both read the same `made` and must not get the same number.
   */
  nextNumber(key: string, made: number): number {
    const number = Math.max(made, this.#numbers.get(key) ?? 0) + 1
    this.#numbers.set(key, number)
    return number
  }

  add(active: ActiveRun): void {
    this.#byId.set(active.run.run, active)
    let resolve = () => {}
    const promise = new Promise<void>((done) => {
      resolve = done
    })
    this.#ends.set(active, { promise, resolve })
    this.#mapOf(active).set(active.key, active)
  }

  /** Lets go of a run; the project may have the next one at once. */
  remove(active: ActiveRun): void {
    this.#byId.delete(active.run.run)
    const map = this.#mapOf(active)
    if (map.get(active.key) === active) map.delete(active.key)
    // One that could not even be begun has no other end.
    if (!this.#executing.has(active)) this.#settle(active)
  }

  /** Remembers that the run is being executed until it is done. */
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

  syncOf(key: string): ActiveRun | undefined {
    return this.#syncs.get(key)
  }

  refreshOf(key: string): ActiveRun | undefined {
    return this.#refreshes.get(key)
  }

  list(): ActiveRun[] {
    return [...this.#byId.values()]
  }

  /** Stops a run; resolves when it has ended. */
  async stop(active: ActiveRun): Promise<void> {
    active.controller.abort()
    await this.#ends.get(active)?.promise
  }

  /** Stops those that match, and resolves when all have ended. */
  async stopAll(matches: (active: ActiveRun) => boolean): Promise<void> {
    await Promise.all([...this.#ends.keys()].filter(matches).map((active) => this.stop(active)))
  }

  #settle(active: ActiveRun): void {
    this.#ends.get(active)?.resolve()
    this.#ends.delete(active)
  }

  #mapOf(active: ActiveRun): Map<string, ActiveRun> {
    return active.request.onlySlaves === undefined ? this.#syncs : this.#refreshes
  }
}

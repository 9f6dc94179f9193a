// The active runs of this master: per project at most one sync, and one refresh, which only brings slaves up to date.

import type { ActiveRun } from './active-run.ts'

export class ActiveRuns {
  readonly #byId = new Map<string, ActiveRun>()
  readonly #syncs = new Map<string, ActiveRun>()
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

  add(active: ActiveRun): void {
    this.#byId.set(active.run.run, active)
    let resolve = () => {}
    const promise = new Promise<void>((done) => {
      resolve = done
    })
    this.#ends.set(active, { promise, resolve })
    this.#mapOf(active).set(active.key, active)
  }

  /** Removes a run. The project may have its next run at once. */
  remove(active: ActiveRun): void {
    this.#byId.delete(active.run.run)
    const map = this.#mapOf(active)
    if (map.get(active.key) === active) map.delete(active.key)
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

  /** Stops the runs that match; resolves when all have ended. */
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

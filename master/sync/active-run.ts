// A run that has not ended: its newest state, who may stop it, and one writer that stores every move before it is told.

import { assertRunMove, assertSlaveMove, isSettled } from '../../shared/run-state.ts'
import type { Run, RunState, SlaveStage } from '../../shared/schemas/run.ts'
import type { RunWish } from './run-record.ts'

interface Waiting {
  change: (run: Run) => Run
  resolve: () => void
  reject: (reason: unknown) => void
}

/** What an active run needs of its surroundings. */
export interface ActiveRunDeps {
  save: (run: Run) => Promise<void>
  told: (run: Run) => void
  shown: (run: Run) => void
}

export class ActiveRun {
  readonly key: string
  readonly wish: RunWish
  readonly controller = new AbortController()
  readonly #deps: ActiveRunDeps
  readonly #settled = new Map<string, () => void>()
  #run: Run
  #waiting: Waiting[] = []
  #writing = false

  constructor(key: string, wish: RunWish, run: Run, deps: ActiveRunDeps) {
    this.key = key
    this.wish = wish
    this.#run = run
    this.#deps = deps
  }

  /** The run as it is stored. */
  get run(): Run {
    return this.#run
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /**
   * Applies a pure change; resolves when it is stored and told. Changes that come during a write share the next one.
   *
   * @throws what `change` throws, above all for an illegal move; nothing has changed then.
   */
  change(change: (run: Run) => Run): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject })
      if (!this.#writing) void this.#writeAll()
    })
  }

  /** Shows what is not worth a write, such as progress: it is told, and stored with the next change. */
  show(change: (run: Run) => Run): void {
    this.#run = change(this.#run)
    this.#deps.shown(this.#run)
  }

  /** Moves the run to a state, with what else changes along. @throws {Error} for an illegal move. */
  move(to: RunState, patch: (run: Run) => Partial<Run> = () => ({})): Promise<void> {
    return this.change((run) => {
      assertRunMove(run.state, to)
      return { ...run, ...patch(run), state: to }
    })
  }

  /** Moves a slave's part of the run. @throws {Error} for an illegal move or a slave that has no part in it. */
  moveSlave(slaveId: string, to: SlaveStage['state'], patch: Partial<SlaveStage> = {}): Promise<void> {
    return this.change((run) => {
      const index = run.slaves.findIndex((slave) => slave.slave_id === slaveId)
      const slave = run.slaves[index]
      if (slave === undefined) throw new Error(`The slave ${slaveId} has no part in the run ${run.run}`)
      assertSlaveMove(slave.state, to)
      return { ...run, slaves: run.slaves.with(index, { ...slave, ...patch, state: to }) }
    })
  }

  /** Resolves when the slave's part has come to an end. */
  async slaveSettled(slaveId: string): Promise<void> {
    if (this.#isSettled(slaveId)) return
    await new Promise<void>((resolve) => {
      this.#settled.set(slaveId, resolve)
    })
  }

  #isSettled(slaveId: string): boolean {
    const slave = this.#run.slaves.find((one) => one.slave_id === slaveId)
    return slave === undefined || isSettled(slave.state)
  }

  async #writeAll(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#writeBatch(batch)
    }
    this.#writing = false
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    let next = this.#run
    const applied: Waiting[] = []
    for (const waiting of batch) {
      try {
        next = waiting.change(next)
        applied.push(waiting)
      } catch (error) {
        waiting.reject(error)
      }
    }
    if (applied.length === 0) return
    try {
      await this.#deps.save(next)
      this.#run = next
      this.#deps.told(next)
      this.#wakeSettled()
      for (const waiting of applied) waiting.resolve()
    } catch (error) {
      for (const waiting of applied) waiting.reject(error)
    }
  }

  #wakeSettled(): void {
    for (const [slaveId, resolve] of this.#settled) {
      if (!this.#isSettled(slaveId)) continue
      this.#settled.delete(slaveId)
      resolve()
    }
  }
}

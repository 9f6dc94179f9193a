// A run that has not ended: its newest state, who may stop it, and one writer that stores every move before it is told.

import { BatchedState } from '../../shared/flow/batched-state.ts'
import type { Run, RunState, SlaveStage } from '../../shared/schemas/run.ts'
import { assertRunMove, assertSlaveMove, hasAnswered } from '../../shared/schemas/run-state.ts'
import type { RunRequest } from '../records/run.ts'

/** What an active run needs of its surroundings. */
export interface ActiveRunDeps {
  save: (run: Run) => Promise<void>
  told: (run: Run) => void
  shown: (run: Run) => void
}

/** Why a run is aborted that nobody stopped: its master goes, or has lost its hold. It ends as interrupted. */
export class Interruption extends Error {}

export class ActiveRun {
  readonly key: string
  readonly request: RunRequest
  readonly controller = new AbortController()
  /** What each slave may ask for: the names that changed since its anchor, as it gets them. By the slave's id. */
  readonly changeLists = new Map<string, Buffer>()
  /** Where the tree lies on a slave that has answered, for those that pull from it. By the slave's id. */
  readonly sources = new Map<string, string>()
  readonly #deps: ActiveRunDeps
  #waiting: { slaveId: string; resolve: () => void }[] = []
  readonly #state: BatchedState<Run>
  #told: Run | null = null

  constructor(key: string, request: RunRequest, run: Run, deps: ActiveRunDeps) {
    this.key = key
    this.request = request
    this.#deps = deps
    this.#state = new BatchedState(run, (next) => deps.save(next))
  }

  /** The run as it is stored. */
  get run(): Run {
    return this.#state.state
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /**
   * Applies a pure change; resolves when it is stored and told. Changes that come during a write share the next one.
   *
   * @throws what `change` throws, above all for an illegal move; nothing has changed then.
   */
  async change(change: (run: Run) => Run): Promise<void> {
    await this.#state.change(change)
    this.#tell()
  }

  /** Shows what is not worth a write, such as progress: it is told, and stored with the next change. */
  show(change: (run: Run) => Run): void {
    this.#state.show(change)
    this.#deps.shown(this.run)
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

  /** Resolves when the slave's part has come to an end, or waits to be published. */
  async slaveAnswered(slaveId: string): Promise<void> {
    if (this.#hasAnswered(slaveId)) return
    await new Promise<void>((resolve) => {
      this.#waiting.push({ slaveId, resolve })
    })
  }

  #hasAnswered(slaveId: string): boolean {
    const slave = this.run.slaves.find((one) => one.slave_id === slaveId)
    return slave === undefined || hasAnswered(slave.state)
  }

  /** Changes that shared a write are told together, once. */
  #tell(): void {
    const { run } = this
    if (run === this.#told) return
    this.#told = run
    this.#deps.told(run)
    this.#wake()
  }

  #wake(): void {
    const answered = this.#waiting.filter(({ slaveId }) => this.#hasAnswered(slaveId))
    this.#waiting = this.#waiting.filter((one) => !answered.includes(one))
    for (const { resolve } of answered) resolve()
  }
}

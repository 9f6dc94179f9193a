// A run that has not ended: its newest state, its abort signal, and one writer that saves every change before it is announced.

import { BatchedState } from '../../shared/flow/batched-state.ts'
import type { JobTarget } from '../../shared/schemas/messages.ts'
import type { Run, RunState, SlaveStage } from '../../shared/schemas/run.ts'
import { assertRunMove, assertSlaveMove, hasAnswered } from '../../shared/schemas/run-state.ts'
import { isWaitingSync, requestOf, requestOfRecord, withJoined } from '../records/requests.ts'
import type { RunRequest } from '../records/run.ts'
import type { RunHandle } from '../stages/run-handle.ts'

/**
 * Saves and announces an active run: `told` is called after a change was saved, `shown` for progress, which is saved
 * with the next change.
 */
export interface ActiveRunDeps {
  /** See `RunStore.start`. */
  start: (run: Run) => Promise<Run>
  save: (run: Run) => Promise<void>
  told: (run: Run) => void
  shown: (run: Run) => void
}

/**
 * The abort reason of a run that no user stopped: its master is stopping, or has lost the run. The run ends as
 * interrupted.
 */
export class Interruption extends Error {}

export class ActiveRun implements RunHandle {
  readonly key: string
  readonly controller = new AbortController()
  readonly changeLists = new Map<string, Buffer>()
  readonly targets = new Map<string, JobTarget>()
  readonly sources = new Map<string, string>()
  readonly #asked: RunRequest
  readonly #deps: ActiveRunDeps
  #waiting: { slaveId: string; resolve: () => void }[] = []
  readonly #state: BatchedState<Run>
  #told: Run | null = null

  constructor(key: string, request: RunRequest, run: Run, deps: ActiveRunDeps) {
    this.key = key
    this.#asked = request
    this.#deps = deps
    this.#state = new BatchedState(run, (next) => deps.save(next))
  }

  get run(): Run {
    return this.#state.state
  }

  get request(): RunRequest {
    return requestOf(this.#asked, this.run)
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  async change(change: (run: Run) => Run): Promise<void> {
    await this.#state.change(change)
    this.#tell()
  }

  async start(change: (run: Run) => Run): Promise<void> {
    if (isWaitingSync(this.run)) {
      const waiting = await this.#deps.start(this.run)
      await this.change((run) => change(withJoined(run, requestOfRecord(waiting))))
    } else await this.change(change)
  }

  /** Makes the run carry a request too; false when it has begun already. */
  async join(request: RunRequest): Promise<boolean> {
    let joined = false
    await this.change((run) => {
      joined = isWaitingSync(run)
      return joined ? withJoined(run, request) : run
    })
    return joined
  }

  show(change: (run: Run) => Run): void {
    this.#state.show(change)
    this.#deps.shown(this.run)
  }

  move(to: RunState, patch: (run: Run) => Partial<Run> = () => ({})): Promise<void> {
    return this.change((run) => {
      assertRunMove(run.state, to)
      return { ...run, ...patch(run), state: to }
    })
  }

  moveSlave(slaveId: string, to: SlaveStage['state'], patch: Partial<SlaveStage> = {}): Promise<void> {
    return this.change((run) => {
      const index = run.slaves.findIndex((slave) => slave.slave_id === slaveId)
      const slave = run.slaves[index]
      if (slave === undefined) throw new Error(`The slave ${slaveId} is not part of the run ${run.run}`)
      assertSlaveMove(slave.state, to)
      return { ...run, slaves: run.slaves.with(index, { ...slave, ...patch, state: to }) }
    })
  }

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

  /** Changes that shared a write are announced once. */
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

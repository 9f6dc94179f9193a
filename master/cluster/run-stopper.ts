// Stops a run wherever it is: in the queue, on this master, or on another one.

import { setTimeout as sleep } from 'node:timers/promises'
import { MasterDown, RunEnded, RunNotFound } from '../../shared/errors.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import type { ActiveRuns } from '../runs/active-runs.ts'
import { parseRunId, type Store } from '../store/store.ts'
import type { EventBridge } from './event-bridge.ts'
import type { Masters } from './masters.ts'
import type { RunTransactions } from './run-transactions.ts'

export interface RunStopperDeps {
  store: Pick<Store, 'findRun'>
  transactions: Pick<RunTransactions, 'stopWaiting'>
  masters: Pick<Masters, 'find' | 'isUp'>
  bridge: Pick<EventBridge, 'sendStop'>
}

/** A run that was ended before any master had taken it. */
type Stopped = NonNullable<Awaited<ReturnType<RunTransactions['stopWaiting']>>>

const WAIT_MS = 60_000
const LOOK_MS = 250

export class RunStopper {
  readonly #deps: RunStopperDeps
  readonly #active: ActiveRuns
  readonly #tell: (stopped: Stopped) => void

  constructor(deps: RunStopperDeps, active: ActiveRuns, tell: (stopped: Stopped) => void) {
    this.#deps = deps
    this.#active = active
    this.#tell = tell
  }

  /** Resolves when the run has ended. @throws {RunNotFound} @throws {RunEnded} @throws {MasterDown} */
  async stop(runId: string): Promise<Run> {
    const active = this.#active.find(runId)
    if (active !== undefined) {
      await this.#active.stop(active)
      return active.run
    }
    const run = await this.#deps.store.findRun(runId)
    if (run === null) throw new RunNotFound(runId)
    if (hasEnded(run.state)) throw new RunEnded(runId)
    const waited = await this.#deps.transactions.stopWaiting(parseRunId(runId)?.key ?? '', runId)
    if (waited === null) return this.#stopTaken(run)
    this.#tell(waited)
    return waited.run
  }

  async #stopTaken(run: Run): Promise<Run> {
    const { store, masters, bridge } = this.#deps
    if (!masters.isUp(run.node)) throw new MasterDown(run.node, masters.find(run.node)?.state ?? 'unknown')
    const giveUp = performance.now() + WAIT_MS
    for (;;) {
      // Repeated, because a master that has just taken the run, perhaps this one, may not execute it yet.
      const own = this.#active.find(run.run)
      if (own === undefined) bridge.sendStop(run.run)
      else await this.#active.stop(own)
      const now = await store.findRun(run.run)
      if (now === null || hasEnded(now.state)) return now ?? run
      if (performance.now() > giveUp) throw new MasterDown(run.node, 'it did not stop the run in time')
      await sleep(LOOK_MS)
    }
  }
}

// What this master knows of the runs that other masters execute: the newest state of each.

import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import type { Database } from '../store/postgres/database.ts'
import type { Notices } from '../store/postgres/notices.ts'
import { listOpenRuns } from '../store/postgres/runs.ts'

export interface OtherRunsDeps {
  database: Database
  notices: Pick<Notices, 'onGap'>
  events: EventBus<MasterEvents>
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** Follows the events of all masters. After a gap in them the runs are read from the database again. */
export class OtherRuns {
  readonly #deps: OtherRunsDeps
  readonly #isOwn: (runId: string) => boolean
  readonly #newest = new Map<string, Run>()
  readonly #unsubscribe: readonly (() => void)[]

  /** `isOwn` tells whether this master executes a run; such a run is not kept here. */
  constructor(deps: OtherRunsDeps, isOwn: (runId: string) => boolean) {
    this.#deps = deps
    this.#isOwn = isOwn
    this.#unsubscribe = [
      deps.events.on('run.changed', ({ run }) => this.#note(run)),
      deps.events.on('run.progress', ({ run }) => this.#note(run)),
    ]
    deps.notices.onGap(() => void this.read().catch((error) => deps.onError(error, { part: 'runs of others' })))
  }

  /** The run as it was last told of; undefined when none that goes on is known by that id. */
  find(runId: string): Run | undefined {
    return this.#newest.get(runId)
  }

  /** All that go on. */
  list(): Run[] {
    return [...this.#newest.values()]
  }

  /** This master executes the run from now on. */
  forget(runId: string): void {
    this.#newest.delete(runId)
  }

  /** Reads all of them from the database. */
  async read(): Promise<void> {
    this.#newest.clear()
    for (const { run } of await listOpenRuns(this.#deps.database)) this.#note(run)
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
  }

  #note(run: Run): void {
    if (hasEnded(run.state) || this.#isOwn(run.run)) this.#newest.delete(run.run)
    else this.#newest.set(run.run, run)
  }
}

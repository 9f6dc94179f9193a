// Which masters are up: each beats every few seconds, and one that cannot stops its work before others take it over.

import { type Repetition, repeat } from '../../shared/flow/repeat.ts'
import type { MasterReport } from '../../shared/schemas/master.ts'
import type { Database } from '../store/postgres/database.ts'
import type { NodeName } from '../store/postgres/node-name.ts'

const BEAT_MS = 3_000
/** After so long without a beat a master ends its runs; rsync gets 10 s to stop. */
const FENCE_MS = 12_000
const FENCE_LOOK_MS = 1_000
/** A master that stands still, as after SIGSTOP, fences nothing; what it has started is ended for it, by then. */
export const SILENCE_MS = 15_000
/** After so long without a beat the others count it as down. By then its runs have ended. */
const DOWN_S = 30
const FORGOTTEN_AFTER_DAYS = 7

export interface MasterRow {
  node: string
  url: string
  state: 'up' | 'down' | 'left'
  seen_at: Date
  /** What it said of itself with its last beat; null from earlier versions. Other versions may say something else. */
  report: unknown
}

/** The database was not reached for too long, or another process has this master's name. */
export type FenceReason = 'silent' | 'taken'

export interface MastersDeps {
  database: Database
  name: NodeName
  url: string
  /** What this master says of itself. */
  report: () => MasterReport
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export interface MastersListener {
  /** Called after each beat. */
  onBeat: () => Promise<void>
  /** What this master executes may be another's soon, and must end. */
  onFence: (reason: FenceReason) => void
}

export class Masters {
  readonly #deps: MastersDeps
  #known: readonly MasterRow[] = []
  #heardAt = performance.now()
  #steadySince = performance.now()
  #fenced = false
  #onFence: MastersListener['onFence'] = () => {}
  #left = false
  #beats: Repetition | null = null
  #fenceLooks: Repetition | null = null

  constructor(deps: MastersDeps) {
    this.#deps = deps
    deps.name.onChange((state) => {
      if (state === 'taken') this.#fence('taken')
      else if (state === 'held') this.#beats?.wake()
    })
  }

  /** The first beat; call `run` when this master is ready to work. */
  async join(): Promise<void> {
    await this.#beat()
  }

  /** Beats at once: another master came or went. */
  async look(): Promise<void> {
    if (!this.#left) await this.#beat()
  }

  run({ onBeat, onFence }: MastersListener): void {
    this.#onFence = onFence
    if (this.#deps.name.state === 'taken') onFence('taken')
    const onError = (error: unknown) => this.#deps.onError(error, { part: 'masters' })
    const beat = async () => {
      if (await this.#beat()) await onBeat()
    }
    const fence = () => this.#fenceWhenSilent()
    this.#beats = repeat({ work: beat, every: BEAT_MS, first: 'later', onError })
    this.#fenceLooks = repeat({ work: fence, every: FENCE_LOOK_MS, first: 'later', ref: false, onError })
  }

  list(): readonly MasterRow[] {
    return this.#known
  }

  isUp(node: string): boolean {
    return node === this.#deps.name.node || this.find(node)?.state === 'up'
  }

  find(node: string): MasterRow | undefined {
    return this.#known.find((one) => one.node === node)
  }

  /** True for exactly one of the masters that are up: it does what only one of them should. */
  isLeader(): boolean {
    return leaderOf(this.#known) === this.#deps.name.node
  }

  /** Marks silent masters as down, and forgets those that have been gone for long and have no projects. */
  async markSilent(): Promise<void> {
    // A master that was cut off itself cannot tell who else was silent.
    if (performance.now() - this.#steadySince < DOWN_S * 1000) return
    await this.#deps.database.query(
      "UPDATE master SET state = 'down' WHERE state = 'up' AND seen_at < now() - make_interval(secs => $1)",
      [DOWN_S],
    )
    await this.#deps.database.query(
      `DELETE FROM master WHERE state <> 'up' AND seen_at < now() - make_interval(days => $1)
         AND NOT EXISTS (SELECT 1 FROM project WHERE lead = master.node)`,
      [FORGOTTEN_AFTER_DAYS],
    )
  }

  /** True while nothing may be begun here. */
  isFenced(): boolean {
    return this.#fenced || this.#deps.name.state !== 'held'
  }

  /** Tells the others that this master stops, so that they need not wait until it counts as down. */
  async leave(): Promise<void> {
    this.#left = true
    await Promise.all([this.#beats?.stop(), this.#fenceLooks?.stop()])
    // The row is another process's.
    if (this.#deps.name.state !== 'held') return
    await this.#deps.database
      .query("UPDATE master SET state = 'left', seen_at = now() WHERE node = $1", [this.#deps.name.node])
      .catch(() => {})
  }

  /** False when nothing may be said under this master's name. */
  async #beat(): Promise<boolean> {
    const asked = performance.now()
    const { database, name, url, report } = this.#deps
    if (name.state !== 'held') return false
    this.#known = await database.query<MasterRow>(
      `WITH own AS (
         INSERT INTO master (node, url, state, seen_at, report) VALUES ($1, $2, 'up', now(), $3)
         ON CONFLICT (node) DO UPDATE SET (url, state, seen_at, report) = ($2, 'up', now(), $3) RETURNING *
       ) SELECT node, url, state, seen_at, report FROM own
         UNION ALL SELECT node, url, state, seen_at, report FROM master WHERE node <> $1`,
      [name.node, url, JSON.stringify(report())],
    )
    // It may have been lost meanwhile.
    if (name.state !== 'held') return false
    if (asked - this.#heardAt > FENCE_MS) this.#steadySince = asked
    this.#heardAt = asked
    this.#fenced = false
    return true
  }

  #fenceWhenSilent(): void {
    if (performance.now() - this.#heardAt < FENCE_MS) return
    this.#fence('silent')
  }

  #fence(reason: FenceReason): void {
    if (this.#fenced) return
    this.#fenced = true
    this.#onFence(reason)
  }
}

/** The master that does what only one of them should; undefined while none is up. */
export function leaderOf(masters: readonly Pick<MasterRow, 'node' | 'state'>[]): string | undefined {
  const up = masters.filter(({ state }) => state === 'up').map(({ node }) => node)
  return up.sort()[0]
}

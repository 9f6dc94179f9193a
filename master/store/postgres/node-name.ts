// The name of a master on its database: an advisory lock, which one connection of one process holds.

import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Sql } from './database.ts'

/**
 * `held` by this process, `taken` by another one, or `unsure`: the connection is lost, and the lock was not asked for
 * since.
 */
export type NameState = 'held' | 'unsure' | 'taken'

/** A session of the server; its pid alone may be used again. */
interface Session {
  pid: number
  started: string | null
}

const AGAIN_MS = 500
/** The server takes up to half a minute to notice that a process was killed or cut off, and to release its lock. */
const PATIENCE_MS = 35_000

const SPACE = "hashtext('mirrorfleet master')"
const TAKE = `SELECT pg_try_advisory_lock(${SPACE}, hashtext($1)) AS held, pid, backend_start::text AS started
  FROM pg_stat_activity WHERE pid = pg_backend_pid()`
/** Advisory locks of two keys in the view pg_locks (PostgreSQL manual, 53.13). */
const HOLDER = `SELECT pid, backend_start::text AS started FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND classid = ${SPACE}::oid AND objid = hashtext($1)::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
const OTHERS = `SELECT EXISTS (SELECT 1 FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND classid = ${SPACE}::oid AND objid <> hashtext($1)::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS held`
const END_SESSION = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2'

export class NodeName {
  readonly node: string
  readonly #listeners: ((state: NameState, before: NameState) => void)[] = []
  #state: NameState = 'unsure'
  /** The last session of this process that held the name. */
  #session: Session | null = null

  constructor(node: string) {
    this.node = node
  }

  get state(): NameState {
    return this.#state
  }

  /** Called whenever the state has changed. */
  onChange(listener: (state: NameState, before: NameState) => void): void {
    this.#listeners.push(listener)
  }

  /** Why this master may begin nothing; null while it holds its name. */
  problem(): string | null {
    if (this.#state === 'held') return null
    if (this.#state === 'taken') return takenProblem(this.node)
    return `The database has not confirmed yet that this master still holds the name "${this.node}".`
  }

  /** The connection that held the name is lost. */
  lose(): void {
    if (this.#state === 'held') this.#set('unsure')
  }

  /** Asks for the name once, on the connection that will hold it. */
  async take(client: pg.Client): Promise<void> {
    this.#set(await this.#ask(client))
  }

  /** Asks until it has the name. @throws {Error} when another process still has it after half a minute. */
  async await(client: pg.Client): Promise<void> {
    const giveUp = performance.now() + PATIENCE_MS
    while ((await this.#ask(client)) !== 'held') {
      if (performance.now() > giveUp) throw new Error(takenProblem(this.node))
      await sleep(AGAIN_MS)
    }
    this.#set('held')
  }

  async #ask(client: pg.Client): Promise<NameState> {
    const { rows: taken } = await client.query<Session & { held: boolean }>(TAKE, [this.node])
    const [own] = taken
    if (own?.held) {
      this.#session = own
      return 'held'
    }
    const { rows: holders } = await client.query<Session>(HOLDER, [this.node])
    const [holder] = holders
    // Released in between: the next attempt may get it.
    if (holder === undefined) return 'unsure'
    if (!isSame(holder, this.#session)) return 'taken'
    // Our own session, cut off; the server has not noticed yet. Until it does, nobody else can have the name.
    await client.query(END_SESSION, [holder.pid, holder.started])
    return 'unsure'
  }

  #set(state: NameState): void {
    const before = this.#state
    if (state === before) return
    this.#state = state
    for (const listener of this.#listeners) listener(state, before)
  }
}

/** True while a master of another name works on the database. A dump holds no locks, so that one is never a restored row. */
export async function isAnyNameHeld(sql: Sql, otherThan: string): Promise<boolean> {
  const [row] = await sql.query<{ held: boolean }>(OTHERS, [otherThan])
  return row?.held ?? false
}

function takenProblem(node: string): string {
  return `Another process works under the name "${node}" on this database. Stop it, or give this master its own MASTER_NODE.`
}

function isSame(holder: Session, own: Session | null): boolean {
  return own !== null && holder.started !== null && holder.pid === own.pid && holder.started === own.started
}

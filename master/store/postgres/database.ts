// A PostgreSQL database that may be away for a moment: bounded waits, retries, and transactions that are done exactly once.

import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type ClientConfig, type PoolClient } from 'pg'
import { StoreUnavailable } from '../../../shared/errors.ts'

/** How long a statement may take, how long a session may sit in a transaction, and how long a lost one is waited for. */
const STATEMENT_MS = 10_000
const IDLE_MS = 15_000
const CONNECT_MS = 5_000
const PATIENCE_MS = 10_000
const PAUSE_MS = 100

/** A connection that was cut is noticed within half a minute by the server too, and its locks are free then. */
const SESSION =
  '-c search_path=mirrorfleet -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3'

/** What a connection is made with; the password stands in `url`, PGPASSWORD or ~/.pgpass. */
export function connectionOptions(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'mirrorfleet',
    options: SESSION,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS + 1_000,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: IDLE_MS,
  }
}

/** What statements are run on: a database, or one transaction of it. */
export type Sql = Pick<Database, 'query' | 'transaction'>

export class Database {
  readonly url: string
  readonly #pool: pg.Pool

  /** Nothing is asked of the database before the first query. `max` is how many connections there may be. */
  constructor(url: string, max = 10) {
    this.url = url
    this.#pool = new pg.Pool({ ...connectionOptions(url), max })
    // A connection that breaks, idle or in use, is made anew when it is needed; without listeners the process would end.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', (client) => client.on('error', () => {}))
  }

  /** The same for who wants all that the driver says. */
  execute(sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
    return patiently(() => this.#pool.query(sql, [...values]))
  }

  /** A statement that changes nothing, or may be done twice. @throws {StoreUnavailable} */
  query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.execute(sql, values).then(({ rows }) => rows)
  }

  /**
   * Runs `work` in a transaction: all of it or nothing, once. When the connection breaks while it is committed, the
   * database is asked what came of it (pg_xact_status, PostgreSQL manual 9.27). `work` is run again when it was lost, and
   * must have no other effects.
   *
   * @throws {StoreUnavailable} when the database stays away. @throws what `work` throws.
   */
  transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return patiently(async () => {
      const client = await this.#pool.connect()
      let committing: { result: T; transaction: string | null } | null = null
      try {
        await client.query('BEGIN')
        const result = await work(client)
        const { rows } = await client.query('SELECT pg_current_xact_id_if_assigned()::text AS id')
        committing = { result, transaction: rows[0].id }
        await client.query('COMMIT')
        client.release()
        return result
      } catch (error) {
        await rollBack(client, error)
        if (committing?.transaction && isLoss(error) && (await this.#wasCommitted(committing.transaction)))
          return committing.result
        throw error
      }
    })
  }

  /** Runs all of `work` in one transaction; what it does is there when all of it is. */
  whole<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.transaction((client) =>
      work({
        query: async (sql, values = []) => (await client.query(sql, [...values])).rows,
        transaction: (inner) => inner(client),
      }),
    )
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #wasCommitted(transaction: string): Promise<boolean> {
    for (;;) {
      const [row] = await this.query<{ status: string }>('SELECT pg_xact_status($1::xid8) AS status', [transaction])
      if (row?.status !== 'in progress') return row?.status === 'committed'
      await sleep(PAUSE_MS)
    }
  }
}

async function rollBack(client: PoolClient, error: unknown): Promise<void> {
  if (isLoss(error)) return client.release(true)
  const rolledBack = await client.query('ROLLBACK').then(
    () => true,
    () => false,
  )
  client.release(!rolledBack)
}

/** Tries again while the database is away, or says that two transactions were in each other's way. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const giveUp = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isLoss(error) && !CONFLICTS.includes(codeOf(error))) throw error
      if (performance.now() >= giveUp) throw isLoss(error) ? new StoreUnavailable() : error
      await sleep(PAUSE_MS)
    }
  }
}

/** Serialization failure and deadlock (PostgreSQL manual, appendix A). */
const CONFLICTS = ['40001', '40P01']
/** Class 08, and what a server says that starts, stops or has no room. */
const LOSSES = /^(08...|57P0[1-3]|53300|25P03|ECONN.*|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|EAI_AGAIN|ENOENT)$/
/** pg's own words, which have no code. */
const LOSS_WORDS = /^(Connection terminated|timeout e|Query read timeout|Client has encountered a connection error)/

/** True when the connection broke or could not be made, so that nothing is known of what was under way. */
export function isLoss(error: unknown): boolean {
  return LOSSES.test(codeOf(error)) || (error instanceof Error && LOSS_WORDS.test(error.message))
}

export function codeOf(error: unknown): string {
  return String((Object(error) as { code?: unknown }).code ?? '')
}

/** Which constraint a statement broke; null when it broke none. */
export function brokenConstraint(error: unknown): string | null {
  const { constraint } = Object(error) as { constraint?: string }
  return codeOf(error) === '23505' ? (constraint ?? '') : null
}

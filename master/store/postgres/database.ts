// Access to a PostgreSQL database that may be unreachable for a moment: time limits, retries, and exactly-once transactions.

import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type ClientConfig, type PoolClient } from 'pg'
import { StoreUnavailable } from '../../../shared/errors.ts'

/**
 * Limits for a statement, for an idle transaction, for connecting, and for all retries together; and the pause between
 * retries.
 */
const STATEMENT_MS = 10_000
const IDLE_MS = 15_000
const CONNECT_MS = 5_000
const PATIENCE_MS = 10_000
const PAUSE_MS = 100

/** With these keepalives the server, too, notices a cut connection within half a minute, and releases its locks. */
const SESSION =
  '-c search_path=mirrorfleet -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3'

/** The options of a connection. The password comes from `url`, PGPASSWORD or ~/.pgpass. */
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

/** Runs statements: a database, or one of its transactions. */
export type Sql = Pick<Database, 'query' | 'transaction'>

export class Database {
  readonly url: string
  readonly #pool: pg.Pool

  /** Connects at the first query. `max` is the highest number of connections. */
  constructor(url: string, max = 10) {
    this.url = url
    this.#pool = new pg.Pool({ ...connectionOptions(url), max })
    // A broken connection, idle or in use, is replaced when one is needed. Without these listeners its error would end
    // the process.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', (client) => client.on('error', () => {}))
  }

  /** Runs a statement as `query` does, and returns the driver's whole result. */
  execute(sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
    return patiently(() => this.#pool.query(sql, [...values]))
  }

  /**
   * Runs a statement that changes nothing, or that may be done twice, and returns its rows. @throws {StoreUnavailable}
   */
  query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.execute(sql, values).then(({ rows }) => rows)
  }

  /**
   * Runs `work` in a transaction, which is committed once or not at all. When the connection breaks during the commit,
   * pg_xact_status (PostgreSQL manual, 9.27) tells the outcome. `work` is run again when the transaction was lost, so
   * it must have no other effects.
   *
   * @throws {StoreUnavailable} when the database stays unreachable. @throws what `work` throws.
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

  /** Runs all of `work` in one transaction, so that all of its changes are made, or none. */
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

/** Retries while the database is unreachable, and after a conflict between two transactions. */
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
/** Class 08, the codes of a server that is starting, stopping or out of connections, and those of the network. */
const LOSSES = /^(08...|57P0[1-3]|53300|25P03|ECONN.*|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|EAI_AGAIN|ENOENT)$/
/** Messages of pg itself, which have no code. */
const LOSS_WORDS = /^(Connection terminated|timeout e|Query read timeout|Client has encountered a connection error)/

/** True when the connection broke or could not be made, so that the outcome of the statement is unknown. */
export function isLoss(error: unknown): boolean {
  return LOSSES.test(codeOf(error)) || (error instanceof Error && LOSS_WORDS.test(error.message))
}

export function codeOf(error: unknown): string {
  return String((Object(error) as { code?: unknown }).code ?? '')
}

/** The unique constraint that a statement violated; null when it violated none. */
export function brokenConstraint(error: unknown): string | null {
  const { constraint } = Object(error) as { constraint?: string }
  return codeOf(error) === '23505' ? (constraint ?? '') : null
}

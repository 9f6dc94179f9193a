// Runs in PostgreSQL.

import type { PoolClient } from 'pg'
import type { Run } from '../../../shared/schemas/run.ts'
import { hasEnded } from '../../../shared/schemas/run-state.ts'
import { LOOKED_AT, repeatedRuns } from '../../records/quiet-runs.ts'
import { parseRunId, type RunFilter } from '../store.ts'
import type { Sql } from './database.ts'

interface Kept {
  data: Run
}

/** Writes a run; see `Store.saveRun`. Returns the ids of the runs that were dropped. */
export async function writeRun(client: PoolClient, key: string, run: Run, history: number): Promise<string[]> {
  const number = numberOf(run)
  const { rows } = await client.query<{ is_new: boolean }>(
    `INSERT INTO run (key, number, id, state, ended, queued_at, data) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (key, number) DO UPDATE SET (id, state, ended, data) = ($3, $4, $5, $7)
     RETURNING xmax = 0 AS is_new`,
    [key, number, run.id, run.state, hasEnded(run.state), run.queued_at, run],
  )
  if (rows[0]?.is_new !== true) return []
  const newest = await client.query<Kept>('SELECT data FROM run WHERE key = $1 ORDER BY number DESC LIMIT $2', [
    key,
    LOOKED_AT,
  ])
  const repeated = repeatedRuns(newest.rows.map(({ data }) => data).reverse()).map(numberOf)
  const dropped = await client.query<{ number: number }>(
    `DELETE FROM run WHERE key = $1 AND (number = ANY ($3) OR number <=
       (SELECT number FROM run WHERE key = $1 ORDER BY number DESC OFFSET $2 LIMIT 1)) RETURNING number`,
    [key, history, repeated],
  )
  return dropped.rows.map((row) => `${key}-${row.number}`)
}

/** Writes many runs of a project that has none. */
export async function addRuns(client: PoolClient, key: string, runs: readonly Run[]): Promise<void> {
  const rows = runs.map((run) => {
    const { id, state, queued_at } = run
    return { number: numberOf(run), id, state, ended: hasEnded(state), queued_at, data: run }
  })
  await client.query(
    `INSERT INTO run (key, number, id, state, ended, queued_at, data)
     SELECT $1, number, id, state, ended, queued_at, data FROM json_to_recordset($2)
       AS given (number integer, id text, state text, ended boolean, queued_at text, data json)`,
    [key, JSON.stringify(rows)],
  )
}

export async function findRun(database: Sql, runId: string): Promise<Run | null> {
  const id = parseRunId(runId)
  if (id === null) return null
  const rows = await database.query<Kept>('SELECT data FROM run WHERE key = $1 AND number = $2', [id.key, id.number])
  return rows[0]?.data ?? null
}

export async function listRunNumbers(database: Sql, key: string): Promise<number[]> {
  const rows = await database.query<{ number: number }>('SELECT number FROM run WHERE key = $1', [key])
  return rows.map(({ number }) => number)
}

/** Newest first. */
export async function listRuns(database: Sql, filter: RunFilter): Promise<Run[]> {
  const before = filter.before === undefined ? null : parseRunId(filter.before)
  if (filter.before !== undefined && before === null) return []
  const rows = await database.query<Kept>(
    `SELECT run.data FROM run
     WHERE ($1::text IS NULL OR run.key = $1) AND ($2::text IS NULL OR run.state = $2)
       AND ($3::text IS NULL OR (run.queued_at, run.id, run.number) <
         (SELECT queued_at, id, number FROM run WHERE key = $3 AND number >= $4 ORDER BY number LIMIT 1))
     ORDER BY run.queued_at DESC, run.id DESC, run.number DESC LIMIT $5`,
    [filter.key ?? null, filter.state ?? null, before?.key ?? null, before?.number ?? null, filter.limit],
  )
  return rows.map(({ data }) => data)
}

/** Runs that have not ended, of all projects or one. */
export async function listOpenRuns(database: Sql): Promise<{ key: string; run: Run; takenBy: string | null }[]> {
  const rows = await database.query<Kept & { key: string; taken_by: string | null }>(
    'SELECT key, data, taken_by FROM run WHERE NOT ended',
  )
  return rows.map(({ key, data, taken_by }) => ({ key, run: data, takenBy: taken_by }))
}

export function numberOf(run: Pick<Run, 'run'>): number {
  const id = parseRunId(run.run)
  if (id === null) throw new Error(`"${run.run}" is not a run id`)
  return id.number
}

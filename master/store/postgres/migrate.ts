// Migrates the database's tables to this version, once, however many masters start at the same time.

import type { Client } from 'pg'
import type { Database } from './database.ts'
import { MIGRATIONS } from './migrations/index.ts'

export const SCHEMA = 'mirrorfleet'
/** An arbitrary but fixed key of an advisory lock: the master that holds it migrates. */
const LOCK = 7_207_711

/** @throws {Error} when the database was migrated by a newer version. */
export async function migrate(database: Database, migrations = MIGRATIONS): Promise<void> {
  await database.transaction(async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`)
    await client.query(
      'CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now())',
    )
    const done = await readDone(client)
    const unknown = done.find((name) => !migrations.some((one) => one.name === name))
    if (unknown !== undefined) {
      throw new Error(
        `The database was migrated by a newer version (to ${unknown}); install that version or a newer one.`,
      )
    }
    for (const { name, sql } of migrations) {
      if (done.includes(name)) continue
      await client.query(sql)
      await client.query('INSERT INTO migration (name) VALUES ($1)', [name])
    }
  })
}

async function readDone(client: Pick<Client, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM migration ORDER BY name')
  return rows.map(({ name }) => name)
}

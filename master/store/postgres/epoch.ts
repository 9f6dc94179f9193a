// The epoch of a store on PostgreSQL: kept in its tables, and renewed when no other master can tell that it was not restored.

import type { Sql } from './database.ts'

/** By the clock of the server, in milliseconds: a database that is restored from a dump of long ago gets past it too. */
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/** Begins an epoch. What is told in the one before counts as older from then on. */
export async function renewEpoch(sql: Sql): Promise<void> {
  await sql.query(
    `INSERT INTO meta (name, value) VALUES ('epoch', ${NOW}::text)
     ON CONFLICT (name) DO UPDATE SET value = greatest(${NOW}, meta.value::bigint + 1)::text`,
  )
}

/** Read each time, since another master may have begun a new one. A database of before epochs gets its first one here. */
export async function readEpoch(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ value: string }>("SELECT value FROM meta WHERE name = 'epoch'")
  if (row !== undefined) return Number(row.value)
  await renewEpoch(sql)
  return readEpoch(sql)
}

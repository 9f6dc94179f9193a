// Makes sure that all masters on one database seal the stored passwords with the same key.

import { createHash } from 'node:crypto'
import type { Database } from './database.ts'

/** @throws {Error} when another master uses a different key. The database holds a fingerprint, never the key. */
export async function assertSameKey(database: Database, key: string): Promise<void> {
  const fingerprint = createHash('sha256').update(`mirrorfleet store key ${key}`).digest('hex').slice(0, 16)
  const [row] = await database.query<{ value: string }>(
    `INSERT INTO meta (name, value) VALUES ('store_key', $1)
     ON CONFLICT (name) DO UPDATE SET value = meta.value RETURNING value`,
    [fingerprint],
  )
  if (row?.value !== fingerprint) {
    throw new Error(
      'STORE_KEY differs from the key of the other masters on this database; set the same key on all of them.',
    )
  }
}

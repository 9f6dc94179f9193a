// The audit list in PostgreSQL.

import type { AuditEntry } from '../../../shared/schemas/audit.ts'
import { KEPT_PER_USER, keptSince } from '../../records/audit.ts'
import type { Store } from '../store.ts'
import type { Sql } from './database.ts'

/** What is outdated beyond this is dropped later, so that no statement takes long. */
const MOST_DROPPED = 5_000

export function createAuditTable(database: Sql): Pick<Store, 'addAudit' | 'listAudit' | 'tidyAudit'> {
  return {
    addAudit: async (entries) => {
      if (entries.length === 0) return
      const rows = entries.map((entry) => {
        const { audit_id, at, username, method, kind, target } = entry
        return { audit_id, at, username, method, project: kind === 'project' ? target : null, data: entry }
      })
      await database.transaction((client) =>
        client.query(
          `INSERT INTO audit (audit_id, at, username, method, project, data)
           SELECT audit_id, at, username, method, project, data FROM json_to_recordset($1)
             AS given (audit_id text, at text, username text, method text, project text, data json)`,
          [JSON.stringify(rows)],
        ),
      )
    },
    listAudit: async ({ limit, before, username, method, project }) => {
      const rows = await database.query<{ data: AuditEntry }>(
        `SELECT data FROM audit
         WHERE ($1::text IS NULL OR audit_id < $1) AND ($2::text IS NULL OR username = $2)
           AND ($3::text IS NULL OR method = $3) AND ($4::text IS NULL OR project = $4)
         ORDER BY audit_id DESC LIMIT $5`,
        [before ?? null, username ?? null, method ?? null, project ?? null, limit],
      )
      return rows.map(({ data }) => data)
    },
    tidyAudit: async (now) => {
      await database.query(
        `DELETE FROM audit WHERE audit_id IN (
           SELECT audit_id FROM (
             SELECT audit_id, at, row_number() OVER (PARTITION BY username ORDER BY audit_id DESC) AS number FROM audit
           ) AS numbered
           WHERE at < $1 OR number > $2 ORDER BY audit_id LIMIT $3)`,
        [keptSince(now), KEPT_PER_USER, MOST_DROPPED],
      )
    },
  }
}

// The audit list in PostgreSQL.

import type { AuditEntry } from '../../../shared/schemas/audit.ts'
import { KEPT_PER_USER, keptSince } from '../../records/audit.ts'
import type { Store } from '../store.ts'
import type { Sql } from './database.ts'

/** What is outdated beyond this is dropped later, so that no statement takes long. */
const MOST_DROPPED = 5_000

export function createAuditTable(
  database: Sql,
): Pick<Store, 'addAudit' | 'listAudit' | 'listAuditedKeys' | 'tidyAudit'> {
  return {
    addAudit: async (entries) => {
      if (entries.length === 0) return
      const rows = entries.map((entry) => {
        const { audit_id, at, username, method, kind, target, project_key } = entry
        return { audit_id, at, username, method, project: kind === 'project' ? target : null, project_key, data: entry }
      })
      await database.transaction((client) =>
        client.query(
          `INSERT INTO audit (audit_id, at, username, method, project, project_key, data)
           SELECT audit_id, at, username, method, project, project_key, data FROM json_to_recordset($1)
             AS given (audit_id text, at text, username text, method text, project text, project_key text, data json)`,
          [JSON.stringify(rows)],
        ),
      )
    },
    listAudit: async ({ limit, before, username, method, project }) => {
      const rows = await database.query<{ data: AuditEntry }>(
        `SELECT data FROM audit
         WHERE ($1::text IS NULL OR audit_id < $1) AND ($2::text IS NULL OR username = $2)
           AND ($3::text IS NULL OR method = $3)
           AND ($4::text IS NULL OR project_key = ANY ($5) OR (project = $4 AND project_key IS NULL))
         ORDER BY audit_id DESC LIMIT $6`,
        [before ?? null, username ?? null, method ?? null, project?.id ?? null, project?.keys ?? [], limit],
      )
      return rows.map(({ data }) => data)
    },
    listAuditedKeys: async (id) => {
      const rows = await database.query<{ project_key: string }>(
        'SELECT DISTINCT project_key FROM audit WHERE project = $1 AND project_key IS NOT NULL',
        [id],
      )
      return rows.map(({ project_key }) => project_key)
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

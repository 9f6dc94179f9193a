// The audit list of the embedded store: one log, to which entries are only ever added.

import type { AuditEntry } from '../../shared/schemas/audit.ts'
import { RecordLog } from '../../shared/store/record-log.ts'
import { outdatedEntries } from '../records/audit.ts'
import { AuditRecord, locate } from './documents.ts'
import type { AuditedProject, AuditFilter } from './store.ts'

export class AuditShelf {
  readonly #folder: string
  #log: RecordLog<typeof AuditRecord.schema> | null = null

  constructor(folder: string) {
    this.#folder = folder
  }

  async open(): Promise<void> {
    this.#log = await RecordLog.open(AuditRecord, locate.audit(this.#folder), ({ audit_id }) => audit_id)
  }

  async add(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length > 0) await this.#opened().put(entries, Number.POSITIVE_INFINITY)
  }

  list({ limit, before, username, method, project }: AuditFilter): readonly AuditEntry[] {
    return this.#opened()
      .list()
      .filter(
        (entry) =>
          (before === undefined || entry.audit_id < before) &&
          (username === undefined || entry.username === username) &&
          (method === undefined || entry.method === method) &&
          (project === undefined || isOf(entry, project)),
      )
      .toSorted((a, b) => (a.audit_id < b.audit_id ? 1 : -1))
      .slice(0, limit)
  }

  listKeys(id: string): readonly string[] {
    const keys = this.#opened()
      .list()
      .flatMap(({ target, project_key }) => (target === id && project_key !== undefined ? [project_key] : []))
    return [...new Set(keys)]
  }

  tidy(now: number): void {
    const log = this.#opened()
    log.drop(outdatedEntries(log.list(), now).map(({ audit_id }) => audit_id))
  }

  async settle(): Promise<void> {
    await this.#log?.settle()
  }

  #opened(): RecordLog<typeof AuditRecord.schema> {
    if (this.#log === null) throw new Error('The store is not open')
    return this.#log
  }
}

function isOf({ kind, target, project_key }: AuditEntry, { id, keys }: AuditedProject): boolean {
  if (kind !== 'project') return false
  return project_key === undefined ? target === id : keys.includes(project_key)
}

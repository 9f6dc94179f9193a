// The audit list: notes what was done, and lists it.

import type { AuditEntry } from '../../shared/schemas/audit.ts'
import { createAuditIds, TIDY_EVERY } from '../records/audit.ts'
import type { AuditFilter, Store } from '../store/store.ts'
import { keysOf } from './audited-keys.ts'
import { shorten } from './changes.ts'

export type AuditList = ReturnType<typeof createAuditList>

/** `project` is an id. */
export type AuditWish = Omit<AuditFilter, 'project'> & { project?: string }

export interface AuditListDeps {
  store: Pick<Store, 'addAudit' | 'listAudit' | 'listAuditedKeys' | 'listProjects' | 'tidyAudit'>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export function createAuditList({ store, now, onError }: AuditListDeps) {
  const makeId = createAuditIds()
  let untilTidy = TIDY_EVERY
  let tidying: Promise<void> = Promise.resolve()
  const tidy = (): void => {
    untilTidy = TIDY_EVERY
    tidying = store.tidyAudit(now()).catch((error) => onError(error, { part: 'audit list' }))
  }

  return {
    /**
     * Adds an entry, which is on disk when the promise resolves. It never rejects: what was asked for has been done, and an
     * error would have the client ask again. What could not be written stands in the log instead.
     */
    note: async (make: () => Promise<Omit<AuditEntry, 'audit_id' | 'at'>>): Promise<void> => {
      let entry: AuditEntry | null = null
      try {
        const made = await make()
        const at = now()
        entry = { audit_id: makeId(at), at: new Date(at).toISOString(), ...made, change: shorten(made.change) }
        await store.addAudit([entry])
      } catch (error) {
        onError(error, { part: 'audit list', entry })
      }
      untilTidy -= 1
      if (untilTidy <= 0) tidy()
    },
    /** Newest first. `project` is an id: what was done to that project, under other names too. */
    list: async ({ project, ...filter }: AuditWish): Promise<readonly AuditEntry[]> => {
      if (project === undefined) return store.listAudit(filter)
      const keys = keysOf(project, await store.listProjects(), await store.listAuditedKeys(project))
      return store.listAudit({ ...filter, project: { id: project, keys } })
    },
    start: async (): Promise<void> => tidy(),
    stop: (): Promise<void> => tidying,
  }
}

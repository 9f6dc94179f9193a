// Failed log-ins in the audit list: few enough that nobody fills it by guessing.

import type { Store } from '../store/store.ts'
import type { AuditList } from './audit-list.ts'

/** Of each user one is noted in this time: the log has all of them. */
const ONE_IN_MS = 600_000

export interface FailedLogInsDeps {
  store: Pick<Store, 'findUser'>
  audit: Pick<AuditList, 'note'>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/**
 * Makes the function that is told of wrong passwords. It returns at once, so that the answer takes as long for an existing
 * user as for an unknown one. An unknown name is not noted: it may be a password in the wrong field.
 */
export function createFailedLogIns({
  store,
  audit,
  now,
  onError,
}: FailedLogInsDeps): (from: string, name: string) => void {
  /** When one was noted last, by user. */
  const noted = new Map<string, number>()
  const note = async (from: string, name: string): Promise<void> => {
    if ((await store.findUser(name)) === null) return
    const age = now() - (noted.get(name) ?? Number.NEGATIVE_INFINITY)
    // One that lies ahead was noted before the clock was set back.
    if (age >= 0 && age < ONE_IN_MS) return
    noted.set(name, now())
    await audit.note(async () => ({
      username: null,
      role: null,
      from,
      method: 'failed_log_in',
      kind: 'user',
      target: name,
      change: [],
    }))
  }
  return (from, name) => void note(from, name).catch((error) => onError(error, { part: 'audit list' }))
}

// mirrorfleet-master reset-password: gives a user a new password when nobody can log in to do so.

import { hostname } from 'node:os'
import type { Settings } from '../settings.ts'
import { UserNotFound } from '../shared/errors.ts'
import { didYouMean } from '../shared/nearest.ts'
import type { AuditEntry } from '../shared/schemas/audit.ts'
import { createAuditIds } from './records/audit.ts'
import { folderOf, isDatabase, StoreRefused, whileLocked, withStore } from './store/with-store.ts'
import { createPasswords } from './users/passwords.ts'

const MOST_CHARACTERS = 1024

/**
 * Sets the password of a user, and revokes the user's tokens. A master with a store of its own must be stopped.
 *
 * @throws {StoreRefused} for a user or a password that cannot be, and {FolderLockedError} while the master runs.
 */
export async function resetPassword(
  settings: Pick<Settings, 'STORE_URL' | 'DATA_DIR'>,
  username: string,
  password: string,
): Promise<void> {
  if (password === '' || password.length > MOST_CHARACTERS)
    throw new StoreRefused(`A password has 1 to ${MOST_CHARACTERS} characters.`)
  const password_hash = await createPasswords().hash(password)
  const reset = () =>
    withStore(settings.STORE_URL, { besideMasters: true }, async (store) => {
      try {
        await store.updateUser(username, { password_hash })
      } catch (error) {
        if (!(error instanceof UserNotFound)) throw error
        const known = (await store.listUsers()).map((user) => user.username)
        throw new StoreRefused(`${error.message}${didYouMean(username, known)} The users are: ${known.join(', ')}.`)
      }
      await store.removeTokens({ username })
      await store.addAudit([resetEntry(username, Date.now())])
    })
  // The master's lock is in its data folder, wherever its store is.
  const { STORE_URL, DATA_DIR } = settings
  if (isDatabase(STORE_URL) || folderOf(STORE_URL) === folderOf(`file:${DATA_DIR}`)) await reset()
  else await whileLocked(DATA_DIR, reset)
}

/** Nobody has logged in for it: whoever may use the master's data has done it. */
function resetEntry(username: string, now: number): AuditEntry {
  return {
    audit_id: createAuditIds()(now),
    at: new Date(now).toISOString(),
    username: null,
    role: null,
    from: `the command line of ${hostname()}`,
    method: 'reset-password',
    kind: 'user',
    target: username,
    change: [{ field: 'password', hidden: true }],
  }
}

// Makes the first user at the first start, and says what becomes of ROOT_PASS.

import type { Settings } from '../../settings.ts'
import type { UserService } from './user-service.ts'

export interface FirstUserDeps {
  settings: Pick<Settings, 'ROOT_USER' | 'ROOT_PASS'>
  users: Pick<UserService, 'ensureRoot'>
  onWarning: (message: string) => void
}

/** Prints a password that was made for the user: the only time that it is seen. The log is not the place for it. */
export async function makeFirstUser({ settings, users, onWarning }: FirstUserDeps): Promise<void> {
  const { ROOT_USER, ROOT_PASS } = settings
  const { isFirst, generated } = await users.ensureRoot(ROOT_USER, ROOT_PASS)
  if (generated !== null)
    process.stdout.write(
      `First start: the user "${ROOT_USER}" has the password ${generated}\nKeep it; it is not shown again.\n`,
    )
  if (!isFirst && ROOT_PASS !== undefined)
    onWarning(
      `ROOT_PASS has no effect: it is for the first start, and there are users already. To change a password, stop the master and run "mirrorfleet-master reset-password ${ROOT_USER}".`,
    )
}

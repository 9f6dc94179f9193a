// Who may have commands run around a project's runs, and which.

import { isDeepStrictEqual } from 'node:util'
import type { Settings } from '../../settings.ts'
import { atField, RoleForbidden } from '../../shared/errors.ts'
import { HOOK_TIMES } from '../../shared/schemas/hooks.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { findCommand } from '../sources/command/place.ts'
import type { Identity } from '../users/roles.ts'

/**
 * What root has named may stay.
 *
 * @throws {RoleForbidden} for others, @throws {InvalidInput} for what is no command; both name the field.
 */
export async function checkHooks(
  by: Identity,
  { hooks }: Pick<StoredProject, 'hooks'>,
  settings: Pick<Settings, 'COMMANDS_DIR'>,
  before?: Pick<StoredProject, 'hooks'>,
): Promise<void> {
  if (!hooks || isDeepStrictEqual(hooks, before?.hooks)) return
  if (by.role !== 'root')
    throw atField(new RoleForbidden('hooks: only a user with the role root may have commands run'), 'hooks')
  for (const time of HOOK_TIMES) {
    const command = hooks[time]
    if (command !== undefined) await findCommand(settings, command, `hooks.${time}`)
  }
}

// Which programs root may name: those in COMMANDS_DIR that this service cannot change.

import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../../../settings.ts'
import { atField, InvalidInput } from '../../../shared/errors.ts'

/**
 * The absolute file of a command.
 *
 * @throws {InvalidInput} that names the field: it is missing, or somebody could change it who must not.
 */
export async function findCommand(
  { COMMANDS_DIR }: Pick<Settings, 'COMMANDS_DIR'>,
  name: string,
  field = 'source.command',
): Promise<string> {
  const wrong = (reason: string) => atField(new InvalidInput(`${field}: ${reason}`), field)
  if (COMMANDS_DIR === undefined) throw wrong('COMMANDS_DIR is not set on this master, so there are no commands')
  const file = path.join(COMMANDS_DIR, name)
  for (const one of [COMMANDS_DIR, file]) {
    const found = await lstat(one).catch(() => null)
    if (found === null) throw wrong(`there is no ${one}`)
    const problem = problemOf(found, one === file)
    if (problem !== null) throw wrong(`${one} ${problem}`)
  }
  return file
}

function problemOf(found: Stats, isCommand: boolean): string | null {
  if (isCommand ? !found.isFile() : !found.isDirectory())
    return isCommand ? 'is no file; a symlink is none' : 'is no folder; give COMMANDS_DIR without symlinks'
  if ((found.mode & 0o022) !== 0) return 'can be written by its group or by others; run chmod go-w'
  if (found.uid !== 0 && found.uid === process.getuid?.())
    return 'belongs to the user of this service, who must not be able to change it; run chown root'
  if (isCommand && (found.mode & 0o111) === 0) return 'is not executable; run chmod +x'
  return null
}

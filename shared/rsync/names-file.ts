// Writes the names of a listed pull as rsync reads them.

import { writeFile } from 'node:fs/promises'
import type { PathList } from '../trees/path-list.ts'

/**
 * Writes the names below `folder` of a module, NUL separated, as rsync's `--files-from=- --from0` reads them. When
 * something in the root of the tree changes the root is named, too: nothing else would set its time again.
 */
export async function writeNamesFile(file: string, list: PathList, folder: string): Promise<void> {
  const prefix = `${Buffer.from(folder === '' ? '.' : `${folder}/.`).toString('latin1')}/`
  const touchesRoot = !list.has('.') && [...list.keys()].some((name) => !name.includes('/'))
  const names = touchesRoot ? ['.', ...list.keys()] : [...list.keys()]
  await writeFile(file, Buffer.from(names.map((name) => `${prefix}${name}\0`).join(''), 'latin1'), { mode: 0o600 })
}

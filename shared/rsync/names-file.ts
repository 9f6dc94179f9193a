// Writes the names of a listed pull as rsync reads them.

import { writeFile } from 'node:fs/promises'
import type { PathList } from '../trees/path-list.ts'

/**
 * Writes the names below `folder` of a module, NUL separated, as rsync's `--files-from=- --from0` reads them. The root of
 * the tree, `.`, stands for what is in it as well (rsync(1), --dirs): name it last of all.
 */
export async function writeNamesFile(file: string, list: PathList, folder: string): Promise<void> {
  const prefix = `${Buffer.from(folder === '' ? '.' : `${folder}/.`).toString('latin1')}/`
  const names = [...list.keys()].map((name) => `${prefix}${name}\0`)
  await writeFile(file, Buffer.from(names.join(''), 'latin1'), { mode: 0o600 })
}

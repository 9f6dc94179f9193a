// Looks at the trees of projects on this machine: whether a web server's user may read them, and how much space is free.

import { stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { showSize } from '../../shared/words.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Others may enter; others may list. */
const [ENTER, READ] = [0o001, 0o004]
const LOW_SHARE = 0.05

/** A folder that is not here has no findings: the master is elsewhere, or nothing was synced yet. */
export async function checkFolder(folder: string): Promise<Finding[]> {
  try {
    return [await checkPermissions(folder), await checkSpace(folder)]
  } catch (error) {
    if (Object(error).code === 'ENOENT') return []
    return [
      warning(folder, `cannot be looked at (${Object(error).code ?? error})`, 'Run this as root or as its owner.'),
    ]
  }
}

/** The user of a web server is most likely neither owner nor in the group, so that it is one of the others. */
async function checkPermissions(folder: string): Promise<Finding> {
  const { mode } = await stat(folder)
  for (let above = path.dirname(folder); ; above = path.dirname(above)) {
    const closed = ((await stat(above)).mode & ENTER) === 0
    if (closed)
      return warning(
        above,
        'no web server may enter it',
        `If one serves this machine's trees, run \`chmod o+x ${above}\`, or set DEST_ROOT to another folder.`,
      )
    if (above === path.dirname(above)) break
  }
  if ((mode & (ENTER | READ)) === (ENTER | READ)) return ok(folder, 'can be read by a web server')
  return warning(folder, 'no web server may read it', `If one serves it, run \`chmod o+rx ${folder}\`.`)
}

async function checkSpace(folder: string): Promise<Finding> {
  const { bavail, blocks, bsize } = await statfs(folder)
  const free = showSize(bavail * bsize)
  if (bavail >= blocks * LOW_SHARE) return ok(folder, `${free} free`)
  return warning(folder, `only ${free} free on its disk`, 'Remove projects that nobody needs, or add space.')
}

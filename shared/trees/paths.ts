// Keeps folders inside the root they belong to, by their names.

import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { atField, InvalidPath } from '../errors.ts'
import { isCode } from '../store/durable-file.ts'

/** The folder beside served trees, on their file system, that holds what belongs to them. */
export const CONTROL_FOLDER = '.mirrorfleet'

/** The folder in DEST_ROOT whose folders people or other programs fill. */
export const FOLDERS = '.folders'

/** The folder in DEST_ROOT with the files that operators add to the trees of projects. */
export const LOCAL_FILES = '.local'

const OWN_FOLDERS: readonly string[] = [CONTROL_FOLDER, FOLDERS, LOCAL_FILES]

/**
 * The folder `dest` in its plain form (absolute, no `..`, no slash at its end), when it is `root` or lies in it.
 *
 * @throws {InvalidPath} naming the field `dest`.
 */
export function normalizeInside(root: string, dest: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const isOdd = !path.isAbsolute(dest) || /[\x00-\x1f\x7f:]/.test(dest) || dest.split('/').includes('..')
  if (isOdd) throw outside(`"${dest}" must be an absolute path without .., colons or control characters`)
  const own = dest.split('/').find((part) => OWN_FOLDERS.includes(part))
  if (own !== undefined) throw outside(`"${dest}" leads into ${own}, which is Mirrorfleet's own`)
  const folder = path.resolve(dest)
  if (!isInside(root, folder)) throw outside(`"${dest}" does not lie in ${root} (DEST_ROOT)`)
  return folder
}

/** @throws {Error} when a node's own state lies among the files that it serves to others, through symlinks too. */
export async function assertApart(stateName: string, state: string, servedName: string, served: string): Promise<void> {
  if (!isInside(await realFolder(served), await realFolder(state))) return
  throw new Error(
    `${stateName} (${state}) lies in ${servedName} (${served}) and would be served to others; put it elsewhere.`,
  )
}

/** True when `folder` is `root` or lies in it, by name alone. */
export function isInside(root: string, folder: string): boolean {
  const relative = path.relative(root, folder)
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative))
}

/** True when one of two folders is the other, or lies in it, by name alone. */
export function overlaps(one: string, other: string): boolean {
  return isInside(one, other) || isInside(other, one)
}

/**
 * Refuses what rsync would not take literally in the path below `root` that slaves pull from: its server expands `* ? [ ] \`, and our
 * rsyncd hides the folders in which rsync keeps what is not whole.
 *
 * @throws {InvalidPath} naming the field `dest`.
 */
export function assertPullable(root: string, dest: string): void {
  const below = path.relative(root, dest)
  if (/[*?[\]\\]/.test(below))
    throw outside(`"${dest}" must not hold any of * ? [ ] \\, which rsync takes for patterns`)
  const taken = below.split('/').find((part) => part === '.~tmp~' || part === '.rsync-partial')
  if (taken !== undefined) throw outside(`"${dest}" leads into ${taken}, where rsync keeps what is not whole`)
}

/** Where a folder is once every symlink is followed; of one that does not exist yet, where it would be made. */
export async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder)
  } catch (error) {
    const parent = path.dirname(folder)
    if (!isCode(error, 'ENOENT') || parent === folder) throw error
    return path.join(await realFolder(parent), path.basename(folder))
  }
}

function outside(reason: string): Error {
  return atField(new InvalidPath(`dest: ${reason}`), 'dest')
}

// Makes sure that a folder below a root is what its name says: reached by no symlink, and by no other spelling of a name.

import { lstat, readdir, readlink } from 'node:fs/promises'
import path from 'node:path'
import { atField, InvalidPath } from '../errors.ts'
import { isCode } from '../store/durable-file.ts'
import { isInside, realFolder } from './paths.ts'
import { keyInLink } from './tree-links.ts'

/**
 * Checks the parts of `folder` below `root`, as far as they exist. Where the root itself lies does not matter.
 *
 * @throws {InvalidPath} naming the field `dest`, for a part that is a symlink, no folder, or spelled otherwise.
 */
export async function assertPlainPath(root: string, folder: string): Promise<void> {
  let part = root
  for (const name of path.relative(root, folder).split(path.sep)) {
    part = path.join(part, name)
    const found = name === '' ? null : await look(part)
    if (found === null) return
    if (found.isSymbolicLink()) throw await isLink(root, part)
    if (!found.isDirectory()) throw refusal(`"${part}" is not a folder`)
    await assertSpelling(part, found)
  }
}

/**
 * The same for the folder of a project, which may itself be a symlink to one of the trees beside it. `isOurs` says of the
 * project's key in such a link whether the project may have that tree.
 */
export async function assertOwnFolder(
  root: string,
  folder: string,
  isOurs: (key: string) => boolean | Promise<boolean>,
): Promise<void> {
  await assertPlainPath(root, path.dirname(folder))
  const found = await look(folder)
  if (!found?.isSymbolicLink()) return assertPlainPath(root, folder)
  const key = keyInLink(await readlink(folder))
  if (key === null || !(await isOurs(key))) throw await isLink(root, folder)
}

type Found = Awaited<ReturnType<typeof lstat>>

async function look(file: string): Promise<Found | null> {
  try {
    return await lstat(file)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

/** Some file systems take `Debian` and `debian` for one name: two projects could have one folder by two names. */
async function assertSpelling(part: string, found: Found): Promise<void> {
  const [parent, name] = [path.dirname(part), path.basename(part)]
  const otherCase = name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase()
  const twin = otherCase === name ? null : await look(path.join(parent, otherCase))
  if (twin?.ino !== found.ino || twin.dev !== found.dev) return
  const names = await readdir(parent)
  if (names.includes(name)) return
  const stored = names.find((one) => one.toLowerCase() === name.toLowerCase()) ?? 'another name'
  throw refusal(`"${part}" is on a disk that ignores case, and is stored as "${stored}" there; give that name`)
}

async function isLink(root: string, link: string): Promise<Error> {
  const target = path.resolve(path.dirname(link), await readlink(link))
  const isReachable = isInside(await realFolder(root), await realFolder(target))
  const advice = isReachable
    ? 'give the folder itself'
    : 'that folder is outside DEST_ROOT: bind-mount it in the place of the symlink'
  return refusal(
    `"${link}" is a symlink to ${target}, and Mirrorfleet follows no symlink that it did not make; ${advice}, or remove the symlink`,
  )
}

function refusal(reason: string): Error {
  return atField(new InvalidPath(`dest: ${reason}`), 'dest')
}

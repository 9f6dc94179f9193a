// Where a project's tree lies on this slave: below SLAVE_PUBLIC_DIR, or where the operator's symlink leads.

import { constants } from 'node:fs'
import { access, lstat, stat } from 'node:fs/promises'
import path from 'node:path'
import { overlaps, realFolder } from '../../shared/trees/paths.ts'
import { keyInLink, readLink } from '../../shared/trees/tree-links.ts'

/**
 * `base` holds the tree's record, and its two trees when it is atomic. `served` is the path that users see, or that the
 * operator's symlink leads to; `isLinked` says which.
 */
export interface Place {
  base: string
  served: string
  isLinked: boolean
}

/**
 * The place of a project. A symlink there that is not to a tree of ours is the operator's, who wants the project on another
 * disk.
 *
 * @throws {Error} for a symlink that leads nowhere, to what is served already, or that neither root nor this user made.
 */
export async function findPlace(publicFolder: string, project: string): Promise<Place> {
  const link = path.join(publicFolder, project)
  const served = await followLinks(link)
  if (served === link) return { base: publicFolder, served, isLinked: false }
  const [root, real] = [await realFolder(publicFolder), await realFolder(served)]
  if (overlaps(root, real))
    throw new Error(`${link} is a symlink to ${served}, which this slave serves already; remove the symlink`)
  const home = path.dirname(served)
  const canWrite = await access(home, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  return { base: canWrite ? home : publicFolder, served, isLinked: true }
}

const MOST_HOPS = 8

/** Follows an operator's symlinks, as far as one to a tree of ours, or a folder. */
async function followLinks(link: string): Promise<string> {
  let file = link
  let hops = 0
  for (let target = readLink(file); target !== null && keyInLink(target) === null; target = readLink(file)) {
    const { uid } = await lstat(file)
    if (uid !== 0 && uid !== process.getuid?.())
      throw new Error(`${file} is a symlink that uid ${uid} made, and is not followed; let root or this user make it`)
    const next = path.resolve(await realFolder(path.dirname(file)), target)
    file = path.join(await realFolder(path.dirname(next)), path.basename(next))
    const isThere = await stat(file).then(
      (found) => found.isDirectory(),
      () => readLink(file) !== null,
    )
    if (!isThere) throw new Error(`${link} is a symlink to ${file}, which is no folder; mount its disk, or make it`)
    hops += 1
    if (hops > MOST_HOPS) throw new Error(`${link} is a symlink in a ring of symlinks; remove it`)
  }
  return file
}

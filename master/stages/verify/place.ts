// Puts files into a tree by name, never through a link and never through a file that another tree shares.

import { randomBytes } from 'node:crypto'
import { copyFile, link, lstat, mkdir, readlink, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isCode } from '../../../shared/store/durable-file.ts'
import { createLook } from '../../../shared/trees/look.ts'
import { parentOf } from '../../../shared/trees/path-list.ts'

export type Place = ReturnType<typeof createPlace>

/**
 * Changes names in `folder`. What is new grows in `workFolder`, on the same file system, and gets its name in one step: what
 * stood there is left as it is for whoever has another link to it. Names are
 * real ones, with no link among their folders.
 *
 * @throws {Error} for a name below something other than a folder, and when the file system does not allow it.
 */
export function createPlace(folder: string, workFolder: string) {
  const put = async (name: string, make: (fresh: string) => Promise<void>): Promise<void> => {
    const look = createLook(folder)
    if (look.firstNonFolder(name) !== null && look.stat(parentOf(name)) !== undefined)
      throw new Error(`${name} lies below something other than a folder`)
    await mkdir(workFolder, { recursive: true, mode: 0o700 })
    const fresh = path.join(workFolder, `fresh-${randomBytes(6).toString('hex')}`)
    try {
      await make(fresh)
      const parent = look.fileOf(parentOf(name))
      await mkdir(parent, { recursive: true })
      await moveTo(fresh, look.fileOf(name))
    } finally {
      // Between two links to one file a rename does nothing, and leaves both.
      await rm(fresh, { force: true })
    }
  }
  return {
    /** Makes a name one more link to a file; a copy of it where no further link is allowed. */
    link: (name: string, file: Buffer): Promise<void> =>
      put(name, async (fresh) => {
        try {
          await link(file, fresh)
        } catch (error) {
          if (!isCode(error, 'EMLINK') && !isCode(error, 'EPERM') && !isCode(error, 'EXDEV')) throw error
          await copyFile(file, fresh)
        }
      }),
    write: (name: string, text: Buffer): Promise<void> =>
      put(name, (fresh) => writeFile(fresh, text, { mode: 0o644, flush: true })),
    /** Moves a file or a link from elsewhere here. */
    move: (name: string, file: Buffer): Promise<void> => put(name, (fresh) => moveTo(file, Buffer.from(fresh))),
    drop: async (name: string): Promise<void> => {
      const look = createLook(folder)
      if (look.stat(name)?.isFile()) await rm(look.fileOf(name), { force: true })
    },
  }
}

/** Between file systems, as where a folder is a mount, it is copied to a name beside first. */
async function moveTo(from: string | Buffer, to: Buffer): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!isCode(error, 'EXDEV')) throw error
    const beside = Buffer.concat([to, Buffer.from(`.${randomBytes(6).toString('hex')}`)])
    const found = await lstat(from)
    if (found.isSymbolicLink()) await symlink(await readlink(from, 'buffer'), beside)
    else await copyFile(from, beside)
    if (!found.isSymbolicLink()) await utimes(beside, found.atime, found.mtime)
    await rename(beside, to)
    await rm(from, { force: true })
  }
}

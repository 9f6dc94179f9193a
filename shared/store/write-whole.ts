// Writes a file completely or not at all: under a temporary name first, then renamed.

import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'

/**
 * Writes `text` to a file with the mode 0600. When it rejects, for example on a full disk, the old file is unchanged.
 * The rename is on disk only after the folder is synced, which is left to the caller.
 *
 * This replaces write-file-atomic 7, which calls write(2) once and ignores how much was written: on a nearly full disk
 * it replaced a complete file by a truncated one.
 */
export async function writeWhole(file: string, text: string | Buffer): Promise<void> {
  const beside = `${file}.${randomBytes(6).toString('hex')}.writing`
  try {
    const handle = await open(beside, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

// Writes a file whole or not at all: beside its name first, on disk, and then under it.

import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'

/**
 * Writes `text` to a file that only its owner may read (0600). When it rejects, as on a full disk, what was there is as it
 * was. The rename is on disk only when the folder is synced, which is left to who needs it.
 *
 * Of our own because write-file-atomic 7 makes one write(2) and does not look at how much it wrote: on a disk that is
 * nearly full it put a file that was cut off in the place of the whole one.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
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

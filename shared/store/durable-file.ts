// A lowdb adapter with atomic writes: a backup of the last good version, a new file, fsync, rename.

import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Adapter } from 'lowdb'
import { writeWhole } from './write-whole.ts'

/** The name of the last good version of a file. */
export const backupName = (file: string): string => `${file}.bak`

/**
 * Reads and writes one JSON file. A completed write survives a power cut: the new text is on disk in its own file
 * before it is renamed over the old file, which is kept as `.bak`.
 */
export class DurableFile implements Adapter<unknown> {
  readonly file: string

  constructor(file: string) {
    this.file = file
  }

  /** @throws {SyntaxError} when the text is not JSON. @returns null when there is no such file. */
  async read(): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.file, 'utf8'))
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null
      throw error
    }
  }

  async write(data: unknown): Promise<void> {
    await this.#keepBackup()
    await writeWhole(this.file, `${JSON.stringify(data)}\n`)
    await syncFolder(path.dirname(this.file))
  }

  /** Removes the file and its backup; does nothing when there is no file. */
  async remove(): Promise<void> {
    await rm(this.file, { force: true })
    await rm(backupName(this.file), { force: true })
    await syncFolder(path.dirname(this.file))
  }

  async #keepBackup(): Promise<void> {
    const next = `${backupName(this.file)}.new`
    try {
      await link(this.file, next)
    } catch (error) {
      // The first write has nothing to keep.
      if (isCode(error, 'ENOENT')) return
      if (!isCode(error, 'EEXIST')) throw error
      // Left by a process that was killed between link and rename.
      await rm(next)
      await link(this.file, next)
    }
    await rename(next, backupName(this.file))
  }
}

/** Makes a folder and its parents, with the mode 0700. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

/** True for a system error with the given code, such as `ENOENT`. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** Syncs a folder: a rename in it is on disk only after that. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

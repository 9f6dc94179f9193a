// A lowdb adapter whose writes are whole or not at all: copy, fsync, backup of the last good one, rename.

import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Adapter } from 'lowdb'
import { writeWhole } from './write-whole.ts'

/** Names the last good version of a file. */
export const backupName = (file: string): string => `${file}.bak`

/**
 * Reads and writes one JSON text file. A write that returned survives a power cut: the new text is in its own file and
 * on disk before it takes the name of the old one, which stays beside it as `.bak`.
 */
export class DurableFile implements Adapter<unknown> {
  readonly file: string

  constructor(file: string) {
    this.file = file
  }

  /** @throws {SyntaxError} when the text is no JSON. @returns null when there is no such file. */
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

  /** Removes the file and its backup; nothing happens when there is none. */
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
      // Left by a process that was killed between the two.
      await rm(next)
      await link(this.file, next)
    }
    await rename(next, backupName(this.file))
  }
}

/** Makes a folder that only its owner may enter, with its parents. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

/** True for a system error with the given code, such as `ENOENT`. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** A rename is on disk only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

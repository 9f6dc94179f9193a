// Whether a folder is free for a project of a user who is not root: what lies there may be another's.

import { lstat, readdir } from 'node:fs/promises'
import { atField, FolderTaken } from '../../shared/errors.ts'
import { isCode } from '../../shared/store/durable-file.ts'

/** @throws {FolderTaken} at `field` when there is anything in the folder, or anything but a folder. */
export async function assertVacant(folder: string, field: 'dest' | 'project'): Promise<void> {
  if (await isVacant(folder)) return
  const message = `${field}: ${folder} has files that are no project's. Only root can add a project there; or give another name.`
  throw atField(new FolderTaken(message), field)
}

async function isVacant(folder: string): Promise<boolean> {
  try {
    return (await lstat(folder)).isDirectory() && (await readdir(folder)).length === 0
  } catch (error) {
    if (isCode(error, 'ENOENT')) return true
    throw error
  }
}

// Changes trees whose modes keep even their owner out. Pulls give owners access; trees of earlier versions lack it.

import { chmod, lstat, readdir, rename, rm } from 'node:fs/promises'
import { isCode } from '../store/durable-file.ts'
import type { Look } from './look.ts'
import { parentOf } from './path-list.ts'

const READ = 0o400
const OWNER = 0o700

/** Makes a change to a name of a tree. Where its folder does not let its owner, it does then. */
export async function changeName<T>(look: Look, name: string, change: (file: Buffer) => Promise<T>): Promise<T> {
  const file = look.fileOf(name)
  return despiteModes(
    () => change(file),
    () => openFolder(look.fileOf(parentOf(name))),
  )
}

/** Removes a file, or a folder with all that is in it; nothing happens when there is none. */
export async function removeAll(file: string | Buffer): Promise<void> {
  // Before, not after an error: rm goes on with other folders when one has failed.
  await openFolders(Buffer.from(file))
  await rm(file, { recursive: true, force: true })
}

/** Renames a folder, which must let its owner change it while it comes into another one (rename(2)). It keeps its mode. */
export async function renameFolder(from: string, to: string): Promise<void> {
  const { mode } = await lstat(from)
  await despiteModes(
    () => rename(from, to),
    () => openFolder(Buffer.from(from)),
  )
  if ((await lstat(to)).mode !== mode) await chmod(to, mode & 0o7777)
}

/** Lets the owner read a file that has this mode. Other trees that have a link to it see the same. One of another user stays. */
export async function letOwnerRead(file: Buffer, mode: number): Promise<void> {
  if ((mode & READ) !== 0) return
  await chmod(file, (mode & 0o7777) | READ).catch((error) => {
    if (!isCode(error, 'EPERM')) throw error
  })
}

async function despiteModes<T>(change: () => Promise<T>, open: () => Promise<unknown>): Promise<T> {
  try {
    return await change()
  } catch (error) {
    if (!isCode(error, 'EACCES')) throw error
    await open()
    return change()
  }
}

/** Lets the owner change a folder and all folders in it. */
export async function openFolders(top: Buffer): Promise<void> {
  if (!(await openFolder(top))) return
  for (const entry of await readdir(top, { encoding: 'latin1', withFileTypes: true }))
    if (entry.isDirectory()) await openFolders(Buffer.concat([top, Buffer.from(`/${entry.name}`, 'latin1')]))
}

/** False where there is no folder. */
async function openFolder(folder: Buffer): Promise<boolean> {
  const found = await lstat(folder).catch((error) => {
    if (isCode(error, 'ENOENT')) return null
    throw error
  })
  if (!found?.isDirectory()) return false
  if ((found.mode & OWNER) !== OWNER) await chmod(folder, (found.mode & 0o7777) | OWNER)
  return true
}

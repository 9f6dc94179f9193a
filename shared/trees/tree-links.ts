// The symlinks by which trees are served: each leads from a project's folder name to one of the trees beside it.

import { lstatSync, readlinkSync } from 'node:fs'
import { rename, rm, symlink, unlink } from 'node:fs/promises'
import path from 'node:path'
import { isCode, syncFolder } from '../store/durable-file.ts'
import { CONTROL_FOLDER } from './paths.ts'
import { SLOTS, type Slot } from './tree-record.ts'

/** The text of a symlink; null for anything else. */
export function readLink(file: string): string | null {
  const found = lstatSync(file, { throwIfNoEntry: false })
  return found?.isSymbolicLink() ? readlinkSync(file) : null
}

/** True for a symlink that leads to a tree of ours, of whichever project. */
export function isTreeLink(target: string): boolean {
  return target.startsWith(`${CONTROL_FOLDER}/`)
}

/** The key of the project to one of whose trees a symlink leads; null for any other symlink. */
export function keyInLink(target: string): string | null {
  const key = target.split('/')[1] ?? ''
  return SLOTS.some((slot) => target === linkText(key, slot)) ? key : null
}

/** The slot of the project with that key that a symlink leads to; null when it leads elsewhere, or is not one. */
export function linkedSlot(file: string, key: string): Slot | null {
  const target = readLink(file)
  return SLOTS.find((slot) => target === linkText(key, slot)) ?? null
}

/** Puts a symlink to a slot at `file`, in the folder `base`, in one step. */
export async function linkSlot(base: string, key: string, slot: Slot, file: string): Promise<void> {
  const fresh = path.join(base, CONTROL_FOLDER, key, 'link')
  await rm(fresh, { force: true })
  await symlink(linkText(key, slot), fresh)
  await rename(fresh, file)
  await syncFolder(base)
}

/**
 * Makes a plain folder of a symlink to a tree of ours, as earlier versions left them when they removed an atomic project
 * and kept its files. Does nothing with anything else.
 */
export async function unwrapTree(file: string): Promise<void> {
  const target = readLink(file)
  if (target === null || keyInLink(target) === null) return
  await unlink(file)
  await rename(path.join(path.dirname(file), target), file).catch((error) => {
    if (!isCode(error, 'ENOENT')) throw error
  })
}

function linkText(key: string, slot: Slot): string {
  return path.join(CONTROL_FOLDER, key, slot)
}

// Edits trees that have folders of any mode, as their own user.

import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const OWNER = 0o700

interface Closed {
  folder: Buffer
  ino: number
  mode: number
}

/** Opens all folders to their user, makes the edits, and closes again those that are still there. */
export function despiteModes(root: string, edit: () => void): void {
  const closed = [...openAll(Buffer.from(root))]
  edit()
  // The inner ones first: the outer ones may not let us in any more.
  for (const { folder, ino, mode } of closed.reverse()) {
    const found = lstatSync(folder, { throwIfNoEntry: false })
    if (found?.ino === ino) chmodSync(folder, mode)
  }
}

/** Lets everybody reach a folder of the test's own: those above it are open already. */
export function letAllIn(folder: string): void {
  for (let above = folder; above !== tmpdir(); above = path.dirname(above)) chmodSync(above, 0o755)
}

/** Lets everybody read all of a tree. */
export function openTree(root: string): void {
  execFileSync('chmod', ['-R', 'a+rX,u+w', root])
}

/** Removes a tree of any modes. */
export function removeOpened(root: string): void {
  if (lstatSync(root, { throwIfNoEntry: false })?.isDirectory()) for (const _ of openAll(Buffer.from(root)));
  rmSync(root, { recursive: true, force: true })
}

function* openAll(folder: Buffer): Generator<Closed> {
  const { ino, mode } = lstatSync(folder)
  if ((mode & OWNER) !== OWNER) {
    yield { folder, ino, mode: mode & 0o7777 }
    chmodSync(folder, (mode & 0o7777) | OWNER)
  }
  for (const name of namesIn(folder)) {
    const inner = Buffer.concat([folder, Buffer.from('/'), name])
    if (lstatSync(inner).isDirectory()) yield* openAll(inner)
  }
}

/** In an order of their own, that is the same everywhere. */
export function namesIn(folder: Buffer): Buffer[] {
  return readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)
}

// Lets work go on only while the file system that it fills has room left.

import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { isCode } from '../store/durable-file.ts'

/** The result of the work, null when it was not begun; and what room was missing, null when there was enough. */
export interface RoomedWork<T> {
  result: T | null
  shortage: string | null
}

/**
 * Runs `work` while the file system of `folder` has at least `floorMib` MiB for unprivileged use; 0 asks for none. When
 * there is less, the work's signal is aborted. The folder may be still to be made, and may be a mount or a link to one.
 */
export async function whileThereIsRoom<T>(
  folder: string,
  floorMib: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<RoomedWork<T>> {
  const free = await freeMib(folder)
  if (free < floorMib) {
    return { result: null, shortage: `only ${free} MiB are free at ${folder}; DISK_FLOOR_MB asks for ${floorMib}` }
  }
  const ranOut = new AbortController()
  const timer = setInterval(async () => {
    try {
      if ((await freeMib(folder)) < floorMib) ranOut.abort()
    } catch {
      // A folder that cannot be looked at is rsync's to complain of.
    }
  }, WATCH_MS)
  timer.unref()
  try {
    const result = await work(AbortSignal.any([signal, ranOut.signal]))
    const isShort = ranOut.signal.aborted && !signal.aborted
    return { result, shortage: isShort ? `less than ${floorMib} MiB (DISK_FLOOR_MB) were left at ${folder}` : null }
  } finally {
    clearInterval(timer)
  }
}

async function freeMib(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return Math.floor((bavail * bsize) / MIB)
  } catch (error) {
    // The root is always there, so this ends.
    if (isCode(error, 'ENOENT')) return freeMib(path.dirname(folder))
    throw error
  }
}

const MIB = 1024 * 1024
const WATCH_MS = 1_000

// Lets work go on only while the file system that it fills has room left.

import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { isCode } from '../store/durable-file.ts'

/** The result of the work, null when it did not come to one; and what room was missing, null when there was enough. */
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
  const shortage = `less than ${floorMib} MiB (DISK_FLOOR_MB) were left at ${folder}`
  const isShort = () => ranOut.signal.aborted && !signal.aborted
  let isLooking = false
  const timer = setInterval(async () => {
    // On a mount that hangs, looks that pile up would take all threads of the process.
    if (isLooking) return
    isLooking = true
    try {
      if ((await freeMib(folder)) < floorMib) ranOut.abort()
    } catch {
      // A folder that cannot be looked at is rsync's to complain of.
    } finally {
      isLooking = false
    }
  }, WATCH_MS)
  timer.unref()
  try {
    const result = await work(AbortSignal.any([signal, ranOut.signal]))
    return { result, shortage: isShort() ? shortage : null }
  } catch (error) {
    // What was cut off by the lack of room failed for it.
    if (isShort()) return { result: null, shortage }
    throw error
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

// Lets work go on only while the file system that it fills has room left.

import type { DiskLooks } from './disk-looks.ts'

/** The result of the work, null when it did not come to one; and what room was missing, null when there was enough. */
export interface RoomedWork<T> {
  result: T | null
  shortage: string | null
}

/** Ends work that asks for room when there is too little. */
class Shortage extends Error {}

/**
 * Runs `work`. From when it calls `needRoom`, the file system of `folder` must have at least `floorMib` MiB for unprivileged
 * use; 0 asks for none. `needRoom` rejects when there is less, which ends the work; when there comes to be less, its signal is
 * aborted. It waits no longer for a disk that does not answer when `signal` aborts. The folder may be still to be made, and may be
 * a mount or a link to one.
 */
export async function whileThereIsRoom<T>(
  { freeMib }: DiskLooks,
  folder: string,
  floorMib: number,
  signal: AbortSignal,
  work: (signal: AbortSignal, needRoom: () => Promise<void>) => Promise<T>,
): Promise<RoomedWork<T>> {
  const ranOut = new AbortController()
  const ended = new AbortController()
  const shortage = `less than ${floorMib} MiB (DISK_FLOOR_MB) were left at ${folder}`
  const isShort = () => ranOut.signal.aborted && !signal.aborted
  let isLooking = false
  const watch = async () => {
    // On a mount that hangs, looks that pile up would take all threads of the process.
    if (isLooking) return
    isLooking = true
    try {
      if ((await freeMib(folder, ended.signal)) < floorMib) ranOut.abort()
    } catch {
      // A folder that cannot be looked at is rsync's to complain of.
    } finally {
      isLooking = false
    }
  }
  let timer: NodeJS.Timeout | undefined
  const begin = async () => {
    const free = await freeMib(folder, signal)
    if (free < floorMib)
      throw new Shortage(`only ${free} MiB are free at ${folder}; DISK_FLOOR_MB asks for ${floorMib}`)
    timer = setInterval(watch, WATCH_MS)
    timer.unref()
  }
  let begun: Promise<void> | undefined
  const needRoom = () => {
    begun ??= begin()
    return begun
  }
  try {
    const result = await work(AbortSignal.any([signal, ranOut.signal]), needRoom)
    return { result, shortage: isShort() ? shortage : null }
  } catch (error) {
    // What was cut off by the lack of room failed for it.
    if (isShort()) return { result: null, shortage }
    if (error instanceof Shortage) return { result: null, shortage: error.message }
    throw error
  } finally {
    clearInterval(timer)
    ended.abort()
  }
}

const WATCH_MS = 1_000

// Lets work go on only while the file system that it fills has room left.

import type { DiskLooks } from './disk-looks.ts'

/** The result of the work, null when it did not come to one; and what room was missing, null when there was enough. */
export interface RoomedWork<T> {
  result: T | null
  shortage: string | null
}

/**
 * Asks for room; `bytes` is how much is to come, where that is known, and `replaced` finds out how many of them make room for
 * themselves. Rejects when there is too little.
 */
export type NeedRoom = (bytes?: number, replaced?: () => Promise<number>) => Promise<void>

/** Ends work that asks for room when there is too little. */
class Shortage extends Error {}

/**
 * Runs `work`. From when it calls `needRoom`, the file system of `folder` must have at least `floorMib` MiB for unprivileged
 * use; 0 asks for none. `needRoom` rejects when there is less, which ends the work, and so when it is told of more bytes to
 * come than would leave that much. When there comes to be less meanwhile, the signal is aborted. A disk that does not answer is
 * waited for until `signal` aborts. The folder may be still to be made, and may be a mount or a link to one.
 */
export async function whileThereIsRoom<T>(
  { freeMib }: DiskLooks,
  folder: string,
  floorMib: number,
  signal: AbortSignal,
  work: (signal: AbortSignal, needRoom: NeedRoom) => Promise<T>,
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
  const needRoom: NeedRoom = async (bytes = 0, replaced = async () => 0) => {
    begun ??= begin()
    await begun
    if (floorMib === 0 || bytes === 0) return
    const free = await freeMib(folder, signal)
    const isEnough = (coming: number) => free - coming / MIB >= floorMib
    if (isEnough(bytes) || isEnough(bytes - (await replaced()))) return
    throw new Shortage(
      `${Math.ceil(bytes / MIB)} MiB are to come, and only ${free} MiB are free at ${folder}; DISK_FLOOR_MB asks for ${floorMib} that stay free`,
    )
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
const MIB = 2 ** 20

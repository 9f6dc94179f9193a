// How much room a file system has left for us.

import { statfs } from 'node:fs/promises'

const MIB = 1024 * 1024

/** Free space for unprivileged use below `folder`, in MiB. */
export async function freeMib(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return Math.floor((bavail * bsize) / MIB)
}

/**
 * Watches the free space below `folder`; aborts the returned signal when less than `floorMib` is left. `stop` ends it.
 */
export function watchFreeSpace(folder: string, floorMib: number): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController()
  const timer = setInterval(async () => {
    try {
      if ((await freeMib(folder)) < floorMib) controller.abort()
    } catch {
      // A folder that cannot be looked at is rsync's to complain of.
    }
  }, WATCH_MS)
  timer.unref()
  return { signal: controller.signal, stop: () => clearInterval(timer) }
}

const WATCH_MS = 1_000

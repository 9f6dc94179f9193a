// Asks file systems how much room they have; one that hangs, as a mount of a dead server does, holds up nobody.

import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { LimitedQueue } from '../flow/limited-queue.ts'
import { isCode } from '../store/durable-file.ts'

export interface DiskLooks {
  /**
   * MiB for unprivileged use on the file system of a folder, which may be still to be made. Rejects with the signal's reason
   * as soon as that aborts; a look that has begun goes on behind.
   */
  freeMib: (folder: string, signal: AbortSignal) => Promise<number>
}

/** A look that hangs keeps one of the process's four threads for files: the others must stay free. */
const LOOKS_AT_ONCE = 2
const MIB = 1024 * 1024

/** Looks at one folder follow each other. `ask` is statfs(2). */
export function createDiskLooks(
  ask: (folder: string) => Promise<{ bavail: number; bsize: number }> = (folder) => statfs(folder),
): DiskLooks {
  const looks = new LimitedQueue({ limit: LOOKS_AT_ONCE, perKey: 1 })

  const look = async (folder: string): Promise<number> => {
    try {
      const { bavail, bsize } = await ask(folder)
      return Math.floor((bavail * bsize) / MIB)
    } catch (error) {
      // The root is always there, so this ends. What else is wrong with the path is said by those who use it.
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => isCode(error, code))) return look(path.dirname(folder))
      throw error
    }
  }

  return {
    freeMib: (folder, signal) =>
      untilAborted(
        signal,
        looks.run({ id: folder, key: folder, priority: 0, signal }, () => look(folder)),
      ),
  }
}

function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

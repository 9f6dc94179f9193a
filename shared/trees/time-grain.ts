// Finds out how finely the file system of a folder keeps times.

import { randomBytes } from 'node:crypto'
import { rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runCommand } from '../process/run.ts'
import { isCode } from '../store/durable-file.ts'
import type { TreeToolsDeps } from './tools.ts'

/** Some file systems keep 100 ns, microseconds, or whole seconds. */
const COARSE_NS = 100n

/**
 * True when times are kept to the nanosecond there. Else times that are compared to the nanosecond would always differ. In a
 * folder that is not there yet nothing can differ.
 */
export async function keepsNanoseconds(folder: string, programs: TreeToolsDeps): Promise<boolean> {
  const file = path.join(folder, `.time-${randomBytes(6).toString('hex')}`)
  const hasFineTime = async () => (await stat(file, { bigint: true })).mtimeNs % COARSE_NS !== 0n
  try {
    await writeFile(file, '', { mode: 0o600 })
    if (await hasFineTime()) return true
    // One time in a hundred it ends like this by chance. Node itself sets times to the microsecond only.
    await runCommand({ ...programs, bin: 'touch', argv: ['-d', '@1.123456789', '--', file] })
    return await hasFineTime()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return true
    throw error
  } finally {
    await rm(file, { force: true })
  }
}

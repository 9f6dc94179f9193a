// What a master says of itself to the others: its version, and the room on its disk, which it looks at now and then.

import { statfs } from 'node:fs/promises'
import type { Settings } from '../settings.ts'
import { type Repetition, repeat } from '../shared/flow/repeat.ts'
import type { MasterReport } from '../shared/schemas/master.ts'
import { isLow } from './records/disk-room.ts'

export interface OwnReportDeps {
  version: string
  settings: Pick<Settings, 'DEST_ROOT' | 'DISK_FLOOR_MB'>
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export interface OwnReport {
  /** As of the last look; the disk is null when the last looks have not come back, as with a mount of a dead server. */
  current: () => MasterReport
  start: () => Promise<void>
  stop: () => Promise<void>
}

const LOOK_MS = 30_000
/** Of a disk that has not answered for so long nothing is said. */
const OUTDATED_MS = 3 * LOOK_MS
const MIB = 1024 * 1024

export function createOwnReport({ version, settings, onError }: OwnReportDeps): OwnReport {
  let disk: MasterReport['disk'] = null
  let lookedAt = Number.NEGATIVE_INFINITY
  let looks: Repetition | null = null
  const look = async (): Promise<void> => {
    const { bavail, blocks, bsize } = await statfs(settings.DEST_ROOT)
    const [free, size] = [bavail * bsize, blocks * bsize]
    disk = { free, size, is_low: isLow(free, size, settings.DISK_FLOOR_MB * MIB) }
    lookedAt = performance.now()
  }
  return {
    current: () => ({ version, disk: performance.now() - lookedAt > OUTDATED_MS ? null : disk }),
    start: async () => {
      looks = repeat({ work: look, every: LOOK_MS, ref: false, onError: (error) => onError(error, { part: 'disk' }) })
    },
    // A look that hangs must not keep the master from stopping.
    stop: async () => void looks?.stop(),
  }
}

// Notices, before it stops the syncs, that a disk gets full or that a certificate ends.

import { X509Certificate } from 'node:crypto'
import { readFile, statfs } from 'node:fs/promises'
import { type Repetition, repeat } from '../../../shared/flow/repeat.ts'
import { showSize } from '../../../shared/words.ts'
import { isLow } from '../../records/disk-room.ts'
import type { Notifier } from './notifier.ts'

export interface MachineWatchDeps {
  notifier: Pick<Notifier, 'fail' | 'recover'>
  folders: readonly string[]
  /** Free bytes under which syncs stop; people are told at twice as much. */
  floorBytes: number
  certificate: string | undefined
  now: () => number
  everyMs: number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const DAY_MS = 86_400_000
const TELL_DAYS = 21

export function createMachineWatch(deps: MachineWatchDeps) {
  const { notifier, folders, floorBytes, certificate, now, everyMs, onError } = deps
  const lookAtDisk = async (folder: string): Promise<void> => {
    const { bavail, blocks, bsize } = await statfs(folder)
    const [free, key] = [bavail * bsize, `disk ${folder}`]
    const about = { about: folder, group: folder }
    if (isLow(free, blocks * bsize, floorBytes)) {
      const cause = `${showSize(free)} free. Syncs stop at ${showSize(floorBytes)} (DISK_FLOOR_MB). Remove projects that nobody needs, or add space.`
      notifier.fail(key, { ...about, kind: 'disk low', cause })
    } else notifier.recover(key, { ...about, cause: `${showSize(free)} free.` })
  }
  const lookAtCertificate = async (file: string): Promise<void> => {
    const { validTo } = new X509Certificate(await readFile(file))
    const days = Math.floor((Date.parse(validTo) - now()) / DAY_MS)
    const about = { about: file, group: file }
    if (days < TELL_DAYS) {
      const when = days < 0 ? 'has expired' : `expires in ${days} days`
      notifier.fail(`certificate ${file}`, {
        ...about,
        kind: 'certificate expiring',
        cause: `The certificate ${when} (${validTo}). Renew it and restart the master.`,
      })
    } else notifier.recover(`certificate ${file}`, { ...about, cause: `The certificate is valid until ${validTo}.` })
  }

  let looks: Repetition | null = null
  const onLookError = (error: unknown) => onError(error, { part: 'machine watch' })
  const look = async (): Promise<void> => {
    const work = [...folders.map(lookAtDisk), ...(certificate === undefined ? [] : [lookAtCertificate(certificate)])]
    for (const { status, ...rest } of await Promise.allSettled(work))
      if (status === 'rejected') onLookError(Object(rest).reason)
  }
  return {
    look,
    start: (): void => {
      looks = repeat({ work: look, every: everyMs, ref: false, onError: onLookError })
    },
    stop: async (): Promise<void> => looks?.stop(),
  }
}

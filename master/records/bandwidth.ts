// How much a project may take from its upstream at a time of day: pure.

import { DateTime } from 'luxon'
import { atField, InvalidInput } from '../../shared/errors.ts'
import type { BandwidthWindow } from '../../shared/schemas/bandwidth.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'
import { findZone } from '../schedule/wall-time.ts'

const DAY_MINUTES = 24 * 60
/** rsync refuses less, and every run would fail (rsync(1), --bwlimit). */
const LEAST_BYTES = 512

/** @throws {InvalidInput} when a window is empty, two of them have a time in common, or a limit is too low for rsync. */
export function assertBandwidth(windows: readonly BandwidthWindow[]): void {
  for (const [index, window] of windows.entries()) {
    const field = `bandwidth.${index}`
    if (window.from === window.to)
      refuse(field, `${field}: "from" and "to" are both ${window.from}; give "00:00" and "24:00" for all day`)
    if (bytesOf(window.limit) < LEAST_BYTES)
      refuse(`${field}.limit`, `${field}.limit: ${window.limit} is too low; give at least "0.5k"`)
    const other = windows.slice(0, index).find((earlier) => overlap(earlier, window))
    if (other !== undefined)
      refuse(
        field,
        `${field}: ${show(window)} has hours in common with ${show(other)}; have one end where the other begins`,
      )
  }
}

/** The windows of a project, and the schedule whose time zone they are in. */
export interface BandwidthQuestion extends Pick<StoredProject, 'bandwidth'> {
  cron_options: { timezone?: string } | null
}

/** The limit at the instant `at` (milliseconds since 1970), as rsync's --bwlimit takes it; null when there is none. */
export function bandwidthAt({ bandwidth, cron_options }: BandwidthQuestion, at: number): string | null {
  const zone = findZone(cron_options?.timezone) ?? 'UTC'
  const { hour, minute } = DateTime.fromMillis(at, { zone })
  const now = hour * 60 + minute
  const window = (bandwidth ?? []).find((one) => spansOf(one).some(([from, to]) => from <= now && now < to))
  return window?.limit ?? null
}

/** The options with the limit in the place of a limit of their own. */
export function withBwlimit(options: RsyncOptions, limit: string | null): RsyncOptions {
  if (limit === null) return options
  const without = (words: readonly string[]) =>
    words.filter((word, index) => !/^--bwlimit(=|$)/.test(word) && words[index - 1] !== '--bwlimit')
  return { ...options, defaults: without(options.defaults), basic: [...without(options.basic), `--bwlimit=${limit}`] }
}

/** Of a limit, in bytes a second; a number without a letter is in KiB (rsync(1), --bwlimit). */
export function bytesOf(limit: string): number {
  const unit = { g: 3, m: 2 }[limit.at(-1)?.toLowerCase() ?? ''] ?? 1
  return Math.round(Number.parseFloat(limit) * 1024 ** unit)
}

/** In minutes of the day, the end not included. One over midnight is two. */
function spansOf({ from, to }: BandwidthWindow): [number, number][] {
  const [start, end] = [minutesOf(from), minutesOf(to)]
  return start < end
    ? [[start, end]]
    : [
        [start, DAY_MINUTES],
        [0, end],
      ]
}

function overlap(one: BandwidthWindow, other: BandwidthWindow): boolean {
  return spansOf(one).some(([from, to]) => spansOf(other).some(([start, end]) => from < end && start < to))
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

const show = ({ from, to }: BandwidthWindow) => `${from} to ${to}`

function refuse(field: string, message: string): never {
  throw atField(new InvalidInput(message), field)
}

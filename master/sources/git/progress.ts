// Reads what git says of a transfer, and which failures may pass. Pure.

import type { Progress } from '../../../shared/schemas/run.ts'

const STEP = /^(?:remote: )?(?:Enumerating|Counting|Compressing|Receiving|Resolving|Updating|Checking|Writing) [a-z ]+:/
const RECEIVING =
  /^Receiving objects:\s+(\d+)% \((\d+)\/(\d+)\)(?:, ([\d.]+) (bytes|KiB|MiB|GiB))?(?: \| ([\d.]+) (bytes|KiB|MiB|GiB)\/s)?/
const UNITS: Readonly<Record<string, number>> = { bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** True for a line that only counts. */
export function isProgressLine(line: string): boolean {
  return STEP.test(line)
}

/** Null for a line that says nothing of how far a transfer is. */
export function readProgress(line: string): Progress | null {
  const match = RECEIVING.exec(line)
  if (match === null) return null
  const [, percent, done, total, size = '0', sizeUnit = 'bytes', rate = '0', rateUnit = 'bytes'] = match
  return {
    percent: Number(percent),
    bytes: Math.round(Number(size) * (UNITS[sizeUnit] ?? 1)),
    rate: Math.round(Number(rate) * (UNITS[rateUnit] ?? 1)),
    eta_s: null,
    files_checked: Number(done),
    files_total: Number(total),
  }
}

const FINAL = [
  /Authentication failed|could not read (Username|Password)|terminal prompts disabled/,
  /\b(40[1-4]|410)\b|[Rr]epository .*not found|does not appear to be a git repository|not exported|access denied/,
  /transport '.*' not allowed|protocol .* is not supported|unable to find remote helper/i,
]

/** git ends with 128 for anything (git(1)): only its words tell what is worth another attempt. */
export function judgeComplaint(complaint: string | null): 'retry' | 'permanent' {
  return complaint !== null && FINAL.some((expression) => expression.test(complaint)) ? 'permanent' : 'retry'
}

// Reads what rclone says on its standard error, and what its end means. Pure.

import Type from 'typebox'
import { Value } from 'typebox/value'
import type { Outcome } from '../../../shared/trees/source.ts'

/** How far a transfer is. `speed` in bytes a second. */
export interface RcloneStats {
  bytes: number
  transfers: number
  speed: number
  eta: number | null
}

/** One line: numbers, or words with the name that they are about. An error means that something was not seen, or did not come. */
export type RcloneLine =
  | { kind: 'stats'; stats: RcloneStats }
  | { kind: 'error' | 'note'; text: string; name: string | null }

const Stats = Type.Object({
  bytes: Type.Number(),
  transfers: Type.Number(),
  speed: Type.Number(),
  eta: Type.Union([Type.Number(), Type.Null()]),
})
const Line = Type.Object({
  level: Type.String(),
  msg: Type.String(),
  object: Type.Optional(Type.String()),
  stats: Type.Optional(Type.Unknown()),
})

/** What is no JSON is rclone's last word, or comes before its log is set up: an error, of which further lines may explain something. */
export function readLogLine(text: string): RcloneLine {
  const line = parse(text)
  if (line === null) return readWords(text)
  if (Value.Check(Stats, line.stats)) return { kind: 'stats', stats: line.stats }
  const name = line.object === undefined || line.object === '' ? null : line.object
  const isError = !['debug', 'info', 'notice', 'warning'].includes(line.level)
  const words = line.msg.trim().replace(/\s*\n\s*/g, ' ')
  return { kind: isError ? 'error' : 'note', text: name === null ? words : `${name}: ${words}`, name }
}

const TIME = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /
/** What comes before the cause. */
const PREAMBLE = /^Failed to \w+(?: with \d+ errors: last error was)?: (?:error in ListJSON: )?/

function readWords(text: string): RcloneLine {
  const words = text.replace(TIME, '').replace(PREAMBLE, '')
  return { kind: /^(\s|caused by:)/.test(words) ? 'note' : 'error', text: words.trim(), name: null }
}

function parse(text: string): Type.Static<typeof Line> | null {
  try {
    const value: unknown = JSON.parse(text)
    return Value.Check(Line, value) ? value : null
  } catch {
    return null
  }
}

const FINAL = [
  /Unauthorized|Forbidden|Access ?Denied|InvalidAccessKeyId|SignatureDoesNotMatch|NoSuchBucket/i,
  /unable to authenticate|knownhosts:|key mismatch|530 |Login (incorrect|failed)|ssh: no key found|failed to parse private key/i,
]
/** rclone's own codes: wrong arguments, no such folder, no such file, and what no attempt mends. */
const FINAL_CODES = [2, 3, 4, 7]

/** Whether another attempt may help. */
export function judgeEnd(exitCode: number | null, complaint: string | null): Extract<Outcome, 'retry' | 'permanent'> {
  if (exitCode !== null && FINAL_CODES.includes(exitCode)) return 'permanent'
  return complaint !== null && FINAL.some((expression) => expression.test(complaint)) ? 'permanent' : 'retry'
}

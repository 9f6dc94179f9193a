// Reads what a command says of its progress, and what its exit code means. Pure.

import type { Progress } from '../../../shared/schemas/run.ts'
import type { CommandKind } from '../../../shared/schemas/source.ts'
import type { Outcome } from '../../../shared/trees/source.ts'

/** `progress PERCENT` and `size BYTES`, each a line of its own. */
const PROGRESS = /^progress (\d{1,3}(?:\.\d+)?)$/
const SIZE = /^size (\d{1,15})$/

export interface ProgressReader {
  /** Null for a line that says nothing of it. */
  read: (line: string) => Progress | null
  bytes: () => number
}

export function createProgressReader(): ProgressReader {
  let [percent, bytes] = [0, 0]
  return {
    read: (line) => {
      const [, share] = PROGRESS.exec(line) ?? []
      const [, size] = SIZE.exec(line) ?? []
      if (share === undefined && size === undefined) return null
      if (share !== undefined) percent = Math.min(100, Number(share))
      if (size !== undefined) bytes = Number(size)
      return { percent, bytes, rate: 0, eta_s: null, files_checked: 0, files_total: 0 }
    },
    bytes: () => bytes,
  }
}

/** A code of which the project says nothing is tried once more: nobody knows what it means. */
export function judgeCode({ exit_codes = {} }: Pick<CommandKind, 'exit_codes'>, code: number): Outcome {
  if (code === 0) return 'success'
  if (exit_codes.tolerate?.includes(code)) return 'noted'
  return exit_codes.retry?.includes(code) ? 'retry' : 'once'
}

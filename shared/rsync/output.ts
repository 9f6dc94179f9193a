// Reads rsync's output line by line: progress, itemized changes, totals and errors. Pure and of constant memory.

import type { Progress, Summary } from '../schemas/run.ts'
import { NO_CHANGES, type TreeChange } from '../trees/source.ts'
import { parseChange } from './itemize.ts'

/** What a line of rsync's output says. */
export type OutputEvent =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'change'; line: string; change: TreeChange | null }
  /** `torn`: an itemized change may be hidden in it, after something that the server wrote without an end of line. */
  | { kind: 'text'; line: string; torn: boolean }
  /** Said once for every folder that `--max-delete` held back. */
  | { kind: 'noise' }

/** Reads the lines of one rsync; `summary()` gives the counts so far. */
export interface OutputReader {
  /** In one line may be a progress and, right behind it, a line of another process of rsync. */
  readStdout: (line: string) => OutputEvent[]
  readStderr: (line: string) => void
  summary: () => Summary
  /** How many deletions `--max-delete` held back; 0 when none. */
  skippedDeletions: () => number
  /** How many folders it held back besides, at most: they are not counted while there is something in them. */
  skippedFolders: () => number
  /** How many entries at the source are not folders; null before rsync has counted them. */
  sourceFiles: () => number | null
  /** The size of all files that come, or would, in bytes; null before rsync has counted them. */
  incoming: () => number | null
  /** How many names the source said were gone when it came to send them. */
  vanished: () => number
  /** How many files did not come because a folder with content was in their way. */
  obstructed: () => number
  /** The last complaint of rsync itself, for a person to read; null when it had none. */
  lastError: () => string | null
}

/** `  1234  56%  7.89kB/s  0:00:10 (xfr#3, to-chk=4/7)`; the last part is missing while nothing is checked yet. */
const PROGRESS =
  /^\s*(\d+)\s+(\d+)%\s+([\d.]+)([kMGT]?B)\/s\s+(\d+:\d\d:\d\d|\?+:\?\?:\?\?)(?:\s+\(xfr#(\d+), (ir|to)-chk=(\d+)\/(\d+)\))?/
const TOTALS: readonly (readonly [RegExp, keyof Summary])[] = [
  [/^Number of files: (\d+)/, 'total_files'],
  [/^Total file size: (\d+)/, 'total_size'],
  [/^Total bytes sent: (\d+)/, 'bytes_transferred'],
  [/^Total bytes received: (\d+)/, 'bytes_transferred'],
]
const TORN_CHANGE = /#[<>ch.*][^\t]{10}\t\d+\t/
const SKIPPED = /^Deletions stopped due to --max-delete limit \((\d+) skipped\)/
const COMPLAINT = /^(rsync: |file has vanished: |@ERROR)/
const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

/** Makes a reader for one rsync that was started with the arguments of `buildPullArgv`. */
export function createOutputReader(): OutputReader {
  const summary: Summary = { ...NO_CHANGES }
  let lastError: string | null = null
  let skipped = 0
  let vanished = 0
  let obstructed = 0
  let skippedFolders = 0
  let sourceFiles: number | null = null
  let incoming: number | null = null
  // A server's messages can imitate the line: the greatest number is the careful one.
  const readSkipped = (line: string) => {
    skipped = Math.max(skipped, Number(SKIPPED.exec(line)?.[1] ?? 0))
  }
  const readLine = (line: string): OutputEvent => {
    if (line.startsWith('#') && line[12] === '\t') {
      const counted = classifyChange(line.slice(1, 12))
      if (counted !== null) summary[counted]++
      return { kind: 'change', line, change: parseChange(line) }
    }
    if (line.startsWith('cannot delete non-empty directory: ')) {
      skippedFolders++
      return { kind: 'noise' }
    }
    sourceFiles = readSourceFiles(line) ?? sourceFiles
    incoming = readIncoming(line) ?? incoming
    addTotal(summary, line)
    readSkipped(line)
    return { kind: 'text', line, torn: TORN_CHANGE.test(line) }
  }
  return {
    readStdout: (line) => {
      const { progress, rest } = splitProgress(line)
      return [...progress, ...rest.map(readLine)]
    },
    readStderr: (line) => {
      readSkipped(line)
      if (line.startsWith('could not make way for new ')) obstructed++
      if (COMPLAINT.test(line)) {
        summary.errors++
        if (line.startsWith('file has vanished: ')) vanished++
        lastError = line
      } else if (line.startsWith('rsync error: ')) {
        lastError ??= line
      }
    },
    summary: () => ({ ...summary }),
    skippedDeletions: () => skipped,
    skippedFolders: () => skippedFolders,
    sourceFiles: () => sourceFiles,
    incoming: () => incoming,
    vanished: () => vanished,
    obstructed: () => obstructed,
    lastError: () => lastError,
  }
}

/**
 * What an itemized code of 11 characters counts as (rsync(1), --itemize-changes); null when only attributes changed, or which
 * other names a file has.
 */
export function classifyChange(code: string): 'added' | 'modified' | 'deleted' | null {
  if (code.startsWith('*deleting')) return 'deleted'
  if (code.slice(2).startsWith('+')) return 'added'
  if (/^h.[. ]{3}/.test(code)) return null
  return '<>ch'.includes(code[0] ?? '') ? 'modified' : null
}

/**
 * Parts a line into the progress that it begins with, and what follows. The receiver writes progress without an end of line, and
 * the generator, another process, then writes its own lines right behind it: deletions, folders, links, what is held back.
 */
function splitProgress(line: string): { progress: OutputEvent[]; rest: string[] } {
  const text = PROGRESS.exec(line)?.[0] ?? ''
  const progress = parseProgress(text)
  if (progress === null) return { progress: [], rest: [line] }
  const rest = line.slice(text.length).replace(/^ +/, '')
  return { progress: [{ kind: 'progress', progress }], rest: rest === '' ? [] : [rest] }
}

/** Reads a line of `--info=progress2` with `--no-human-readable`; null when it is none. */
export function parseProgress(line: string): Progress | null {
  const match = PROGRESS.exec(line)
  if (match === null) return null
  const [, bytes, percent, rate, unit, eta, , , left, total] = match
  const filesTotal = Number(total ?? 0)
  const filesChecked = filesTotal - Number(left ?? 0)
  return {
    // rsync's own percent is of bytes and ends anywhere when only little has changed.
    percent: filesTotal > 0 ? Math.round((filesChecked / filesTotal) * 1000) / 10 : Number(percent),
    bytes: Number(bytes),
    rate: Math.round(Number(rate) * (UNITS[unit ?? 'B'] ?? 1)),
    eta_s: parseClock(eta ?? ''),
    files_checked: filesChecked,
    files_total: filesTotal,
  }
}

function parseClock(text: string): number | null {
  const [hours, minutes, seconds] = text.split(':').map(Number)
  const total = (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)
  return Number.isFinite(total) ? total : null
}

/** `Number of files: 12 (reg: 9, dir: 2, link: 1)`. */
function readSourceFiles(line: string): number | null {
  const counts = /^Number of files: (\d+)(?: \((.*)\))?/.exec(line)
  if (counts === null) return null
  return Number(counts[1]) - Number(/dir: (\d+)/.exec(counts[2] ?? '')?.[1] ?? 0)
}

/** Files of which only a part changed count whole: that is the room that they take. */
function readIncoming(line: string): number | null {
  const size = /^Total transferred file size: (\d+)/.exec(line)?.[1]
  return size === undefined ? null : Number(size)
}

function addTotal(summary: Summary, line: string): void {
  for (const [expression, name] of TOTALS) {
    const match = expression.exec(line)
    if (match !== null) summary[name] += Number(match[1])
  }
}

// Keeps the output of one stage in a file of limited size: when it grows too large, its middle is cut, never its end.

import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'

const FLUSH_BYTES = 65_536
const FLUSH_MS = 500
const DEFAULT_LIMIT_BYTES = 16 * 1024 * 1024

/** A log that is being written. */
export interface RunLog {
  writeLine: (line: string) => void
  /** Writes the waiting lines and closes the file. Nothing may be written afterwards. */
  finish: () => void
  /**
   * Writes all lines so far to the files, then calls `onLine` for every further line, and with null when the log is
   * finished. Returns a function that ends the calls.
   */
  follow: (onLine: (line: string | null) => void) => () => void
}

/**
 * Opens the log `file` for appending, and makes its folder. The file holds the beginning, about half of `limitBytes`.
 * Later lines go to two rotating files next to it, which hold the newest lines, and which `finish` appends to the file.
 */
export function openRunLog(file: string, limitBytes = DEFAULT_LIMIT_BYTES): RunLog {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const half = Math.floor(limitBytes / 2)
  let written = existsSync(file) ? statSync(file).size : 0
  let handle = openSync(file, 'a', 0o600)
  let waiting = ''
  let cutBytes = 0
  let inTail = false
  const followers = new Set<(line: string | null) => void>()

  const rotate = () => {
    closeSync(handle)
    if (inTail) {
      if (existsSync(olderTail(file))) cutBytes += statSync(olderTail(file)).size
      renameSync(newerTail(file), olderTail(file))
    }
    inTail = true
    handle = openSync(newerTail(file), 'w', 0o600)
    written = 0
  }
  const flush = () => {
    if (waiting === '') return
    if (written >= (inTail ? half / 2 : half)) rotate()
    written += writeSync(handle, waiting)
    waiting = ''
  }
  const timer = setInterval(flush, FLUSH_MS)
  timer.unref()
  return {
    writeLine: (line) => {
      waiting += `${line}\n`
      for (const follower of followers) follower(line)
      if (waiting.length >= FLUSH_BYTES) flush()
    },
    finish: () => {
      clearInterval(timer)
      flush()
      closeSync(handle)
      if (inTail) joinTails(file, cutBytes)
      for (const follower of followers) follower(null)
      followers.clear()
    },
    follow: (onLine) => {
      flush()
      followers.add(onLine)
      return () => followers.delete(onLine)
    },
  }
}

/** The files of a log in order; more than one while a large log is being written. */
export function liveFiles(file: string): string[] {
  return [file, olderTail(file), newerTail(file)].filter((name) => existsSync(name))
}

/** The text of a finished log, cut in the middle to `limitBytes`; empty when there is no log. */
export function readLogText(file: string, limitBytes: number): string {
  if (!existsSync(file)) return ''
  const content = readFileSync(file)
  if (content.length <= limitBytes) return content.toString('utf8')
  const half = Math.floor(limitBytes / 2)
  const cut = `\n[${content.length - 2 * half} bytes cut here]\n`
  return content.subarray(0, half).toString('utf8') + cut + content.subarray(content.length - half).toString('utf8')
}

function joinTails(file: string, cutBytes: number): void {
  const whole = `${file}.whole`
  copyFileSync(file, whole)
  if (cutBytes > 0) appendFileSync(whole, `[${cutBytes} bytes cut here]\n`)
  for (const tail of [olderTail(file), newerTail(file)]) {
    if (existsSync(tail)) appendFileSync(whole, readFileSync(tail))
  }
  renameSync(whole, file)
  rmSync(olderTail(file), { force: true })
  rmSync(newerTail(file), { force: true })
}

const olderTail = (file: string): string => `${file}.tail-1`
const newerTail = (file: string): string => `${file}.tail-2`

// Sends logs to readers, which can follow the logs that this process is writing.

import { createReadStream } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { liveFiles, openRunLog, type RunLog } from './run-log.ts'

/** Opens logs and lets readers follow those that are open. */
export interface LogShelf {
  open: (file: string) => RunLog
  /**
   * The text of a log as a stream, or null when there is none. With `follow`, the stream stays open until the log is
   * finished.
   */
  read: (file: string, follow: boolean) => Readable | null
}

/** A following reader that leaves more than this unread is disconnected. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024

export function createLogShelf(): LogShelf {
  const live = new Map<string, RunLog>()
  return {
    open: (file) => {
      const log = openRunLog(file)
      const shelved: RunLog = {
        ...log,
        finish: () => {
          live.delete(file)
          log.finish()
        },
      }
      live.set(file, shelved)
      return shelved
    },
    read: (file, follow) => {
      const log = follow ? live.get(file) : undefined
      if (log !== undefined) return followLog(file, log)
      const files = liveFiles(file)
      return files.length === 0 ? null : sendFiles(files)
    },
  }
}

function sendFiles(files: readonly string[]): PassThrough {
  const out = new PassThrough()
  void pipeFiles(files, out).then(
    () => out.end(),
    (error) => out.destroy(error),
  )
  return out
}

async function pipeFiles(files: readonly string[], out: PassThrough): Promise<void> {
  for (const file of files) {
    for await (const chunk of createReadStream(file)) {
      if (out.destroyed) return
      if (!out.write(chunk)) await new Promise((resolve) => out.once('drain', resolve).once('close', resolve))
    }
  }
}

/** Sends the files first; lines that are written meanwhile wait. */
function followLog(file: string, log: RunLog): PassThrough {
  const out = new PassThrough()
  let early: (string | null)[] | null = []
  const send = (line: string | null) => {
    if (line === null) out.end()
    else if (out.writableLength > MAX_UNREAD_BYTES) out.destroy()
    else out.write(`${line}\n`)
  }
  const unfollow = log.follow((line) => (early === null ? send(line) : early.push(line)))
  out.once('close', unfollow)
  void pipeFiles(liveFiles(file), out).then(
    () => {
      const waiting = early ?? []
      early = null
      for (const line of waiting) send(line)
    },
    (error) => out.destroy(error),
  )
  return out
}

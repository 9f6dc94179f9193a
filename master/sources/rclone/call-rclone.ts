// Runs one rclone for a source: its words in the log, without secrets, and what it complained of.

import { decodeLine } from '../../../shared/process/run.ts'
import type { RcloneParts } from '../../../shared/rclone-parts.ts'
import { runProgram } from '../run-program.ts'
import { createHider, remoteEnvironment } from './environment.ts'
import { type RcloneStats, readLogLine } from './log-line.ts'
import { RcloneFailed } from './rclone-failed.ts'

/** What is started, and by what. */
export interface RcloneSurroundings {
  around: Parameters<typeof runProgram>[0]
  source: RcloneParts
  /** The file with the keys of the server. */
  knownHosts: string
}

export interface RcloneCall {
  argv: readonly string[]
  /** Takes a line of its output, as text. */
  onLine?: (line: string) => void
  onStats?: (stats: RcloneStats) => void
}

/** `complaint` is its last word of what went wrong; null when it had none, and then all went well if `exitCode` is 0. */
export interface RcloneEnd {
  exitCode: number | null
  complaint: string | null
}

/** A remote may complain of each of its files. */
const MOST_LOGGED = 200

/** @throws {RcloneFailed} when it was stopped, or did not start. */
export async function callRclone(
  { around, source, knownHosts }: RcloneSurroundings,
  call: RcloneCall,
): Promise<RcloneEnd> {
  const hide = createHider(source)
  let complaint: string | null = null
  let logged = 0
  const say = (text: string) => {
    logged += 1
    if (logged <= MOST_LOGGED) around.log.writeLine(text)
    else if (logged === MOST_LOGGED + 1) around.log.writeLine('[rclone says more, which is left out]')
  }
  const { exitCode, failure } = await runProgram(around, {
    bin: 'rclone',
    argv: call.argv,
    env: remoteEnvironment(source, knownHosts),
    ...(call.onLine === undefined ? {} : { onStdout: taking(call.onLine) }),
    onStderr: taking((text) => {
      const line = readLogLine(text)
      if (line.kind === 'stats') return call.onStats?.(line.stats)
      const words = hide(line.text)
      if (line.kind === 'error') complaint = words
      say(words)
    }),
  })
  if (failure === null) return { exitCode, complaint }
  // Only a program that cannot be started has no hope at all.
  if (failure.outcome !== 'permanent') throw new RcloneFailed(failure.outcome, failure.error, exitCode)
  const advice = 'rclone is needed on the master for this source: install it, for example by apt-get install rclone'
  throw new RcloneFailed('operator', `${failure.error}. ${advice}`, exitCode)
}

function taking(take: (text: string) => void): (line: string) => boolean {
  return (line) => {
    take(decodeLine(line))
    return true
  }
}

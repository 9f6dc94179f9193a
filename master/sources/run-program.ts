// Runs the program of a source: bounded in time, to be stopped, its output in the log; and says in words how it ended.

import { decodeLine, runCommand } from '../../shared/process/run.ts'
import type { Outcome } from '../../shared/trees/source.ts'
import type { FillJob } from './source-kind.ts'

export interface Program {
  bin: string
  argv: readonly string[]
  /** The folder that it starts in. Absolute. */
  cwd?: string
  env?: Readonly<Record<string, string>>
  /** For the log; the arguments unless given. Must hold no secret. */
  says?: string
  /** A file that it reads as its standard input. */
  stdinFile?: string
  /** Ends it when it has written nothing for so long, in seconds. */
  silenceS?: number
  /** Takes a line of its standard output (latin1); what is not taken goes into the log. */
  onStdout?: (line: string) => boolean
  /** The same of its standard error. */
  onStderr?: (line: string) => boolean
}

/** How a program ended. `failure` is null when it came to its own end: then its exit code counts. */
export interface ProgramEnd {
  exitCode: number | null
  failure: { outcome: Exclude<Outcome, 'success' | 'noted'>; error: string } | null
  /** The last line of its standard error. */
  complaint: string | null
}

type Around = Pick<FillJob, 'settings' | 'children' | 'home' | 'signal' | 'log'>

export async function runProgram(around: Around, program: Program): Promise<ProgramEnd> {
  const { bin, argv, cwd, env, stdinFile, silenceS } = program
  const { settings, children, home, signal, log } = around
  const late = AbortSignal.timeout(settings.SYNC_TIMEOUT_S * 1000)
  const silent = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const heard = () => {
    if (silenceS === undefined) return
    clearTimeout(timer)
    timer = setTimeout(() => silent.abort(), silenceS * 1000)
  }
  let complaint: string | null = null
  log.writeLine(`$ ${program.says ?? [bin, ...argv].join(' ')}`)
  heard()
  const ended = await runCommand({
    bin,
    argv,
    home,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(stdinFile === undefined ? {} : { stdinFile }),
    signal: AbortSignal.any([signal, late, silent.signal]),
    children,
    onStdout: (line) => {
      heard()
      if (!program.onStdout?.(line)) log.writeLine(decodeLine(line))
    },
    onStderr: (line) => {
      heard()
      if (program.onStderr?.(line)) return
      complaint = decodeLine(line)
      log.writeLine(complaint)
    },
  }).finally(() => clearTimeout(timer))
  const failed = (outcome: 'retry' | 'once' | 'permanent' | 'stopped', error: string): ProgramEnd => {
    log.writeLine(`[${error}]`)
    return { exitCode: ended.exitCode, failure: { outcome, error }, complaint }
  }
  if (ended.startError !== null) return failed('permanent', `${bin} cannot be started: ${ended.startError}`)
  if (signal.aborted) return failed('stopped', 'stopped')
  if (late.aborted)
    return failed(
      'retry',
      `${bin} was stopped after ${settings.SYNC_TIMEOUT_S} seconds (SYNC_TIMEOUT_S, or the project's timeout_s)`,
    )
  if (silent.signal.aborted)
    return failed(
      'retry',
      `${bin} was stopped: it had said nothing for ${silenceS} seconds (RSYNC_IO_TIMEOUT_S, or the project's io_timeout_s)`,
    )
  // Nobody here has stopped it: the kernel was out of memory, or a supervisor signalled everything.
  if (ended.exitCode === null) return failed('once', `${bin} was ended by a signal`)
  return { exitCode: ended.exitCode, failure: null, complaint }
}

// Starts processes; the only place that does. Each has its own process group and a fixed environment, and can be stopped.

import type { Readable, Writable } from 'node:stream'
import { execa } from 'execa'
import type { ChildRegistry } from './child-registry.ts'
import { PROGRAM_PATH } from './program-path.ts'

/** A program to run. Its environment is what `fixedEnvironment` sets, and `env`; it inherits nothing. */
export interface Command {
  bin: string
  argv: readonly string[]
  home: string
  /** The folder that it starts in; that of this process unless given. Absolute. */
  cwd?: string
  env?: Readonly<Record<string, string>>
  signal?: AbortSignal
  /** How long after SIGTERM the whole group gets SIGKILL. */
  graceMs?: number
  /** A file whose bytes the program reads as its standard input. */
  stdinFile?: string
  /** The same as text. A program need not read it. */
  input?: string
  /** Called once, when the program writes to its standard output at all. */
  onOutput?: () => void
  /** Lines hold one character a byte (latin1): see `decodeLine`. */
  onStdout?: (line: string) => void
  /** Takes the program's output as bytes, in place of `onStdout`; it is ended with the output. */
  stdoutTo?: Writable
  onStderr?: (line: string) => void
  children: ChildRegistry
}

/** How a program ended: `exitCode` is null when a signal ended it; `startError` is set when it never started. */
export interface Ended {
  exitCode: number | null
  stopped: boolean
  startError: string | null
}

const DEFAULT_GRACE_MS = 10_000
/** A longer line is cut. A line has at most two names of 4,096 bytes; an escaped byte takes four characters. */
const MAX_LINE = 40_960

/**
 * Runs a program to its end; does not throw, however it ends. Lines go to the callbacks as they arrive, split at CR and
 * LF. When `signal` aborts, the process group gets SIGTERM, and SIGKILL after `graceMs`.
 */
export async function runCommand(command: Command): Promise<Ended> {
  if (command.signal?.aborted) return { exitCode: null, stopped: true, startError: null }
  const { bin, argv } = command.children.tie(command)
  const child = execa(bin, argv, {
    env: { ...fixedEnvironment(command.home), ...command.env },
    extendEnv: false,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    ...stdinOf(command),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const forget = child.pid === undefined ? () => {} : command.children.record(child.pid)
  const stop = stopOnAbort(child.pid, command.signal, command.graceMs ?? DEFAULT_GRACE_MS)
  if (command.onOutput) child.stdout.once('data', command.onOutput)
  if (command.stdoutTo === undefined) readLines(child.stdout, command.onStdout)
  else child.stdout.pipe(command.stdoutTo)
  readLines(child.stderr, command.onStderr)
  try {
    const result = await child
    const startError = child.pid === undefined ? (result.originalMessage ?? 'it could not be started') : null
    return { exitCode: result.exitCode ?? null, stopped: command.signal?.aborted === true, startError }
  } finally {
    stop.done()
    forget()
  }
}

function stdinOf({ stdinFile, input }: Command) {
  if (input !== undefined) return { input }
  return { stdin: stdinFile === undefined ? ('ignore' as const) : { file: stdinFile } }
}

/** A line of a program, for a person: its bytes as UTF-8. */
export function decodeLine(line: string): string {
  return Buffer.from(line, 'latin1').toString('utf8')
}

/**
 * Sends a signal to a whole process group; does nothing when the group is gone. A signal to the first process alone
 * would leave rsync's receiver writing.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** rsync reads many variables that run programs or change what it does, so a child inherits none of ours. */
function fixedEnvironment(home: string): Record<string, string> {
  return {
    PATH: PROGRAM_PATH,
    LC_ALL: 'C.UTF-8',
    HOME: home,
  }
}

function stopOnAbort(pid: number | undefined, signal: AbortSignal | undefined, graceMs: number): { done: () => void } {
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    if (pid === undefined) return
    signalGroup(pid, 'SIGTERM')
    timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    done: () => {
      signal?.removeEventListener('abort', onAbort)
      clearTimeout(timer)
      // The first process has ended; a helper of its group that is still running must not continue to write.
      if (signal?.aborted && pid !== undefined) signalGroup(pid, 'SIGKILL')
    },
  }
}

/** Splits bytes at CR and LF; one character a byte, since a name may hold any. */
function readLines(stream: Readable, onLine: ((line: string) => void) | undefined): void {
  let rest = ''
  const take = (text: string) => {
    const lines = (rest + text).split(/\r\n|\r|\n/)
    rest = (lines.pop() ?? '').slice(0, MAX_LINE)
    if (onLine) for (const line of lines) if (line !== '') onLine(line)
  }
  stream.on('data', (chunk: Buffer) => take(chunk.toString('latin1')))
  stream.on('end', () => take('\n'))
}

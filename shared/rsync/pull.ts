// One rsync from a daemon to a local folder, from its arguments to a judged result; both nodes pull with it.

import type { RunLog } from '../logs/run-log.ts'
import type { ChildRegistry } from '../process/child-registry.ts'
import { runCommand } from '../process/run.ts'
import type { Progress, Summary } from '../schemas/run.ts'
import { type PathList, writeNames } from '../trees/path-list.ts'
import { buildPullArgv, type Pull } from './argv.ts'
import { describeExit, judgeExit, type Outcome } from './exit-codes.ts'
import { type ItemizedChange, showChange } from './itemize.ts'
import { createOutputReader } from './output.ts'
import { splitModule } from './source.ts'

/** A pull and what it needs around it. `password` reaches rsync only by RSYNC_PASSWORD. */
export interface PullRequest extends Omit<Pull, 'list'> {
  bin: string
  /** An empty folder: rsync reads `$HOME/.popt`. */
  home: string
  password: string | null
  /** Bound on the whole transfer, in seconds. */
  timeoutS: number
  signal: AbortSignal
  log: RunLog
  onProgress?: (progress: Progress) => void
  /** Told of every itemized change; null when one could not be read, or may have been lost in what the server said. */
  onChange?: (change: ItemizedChange | null) => void
  /** The names of a pull with a list, and the file that they are written to for rsync to read. */
  list?: { trusted: boolean; names: PathList; file: string }
  children: ChildRegistry
}

/** How a pull ended. `exitCode` is null when a signal ended it; `error` is null when it went well. */
export interface PullResult {
  outcome: Outcome
  exitCode: number | null
  summary: Summary
  skippedDeletions: number
  /** How many names the source said were gone when it came to send them. */
  vanished: number
  error: string | null
}

/** Runs the pull. Never throws for how rsync ends, only for options or ends that are not allowed. */
export async function pullTree(request: PullRequest): Promise<PullResult> {
  const argv = buildPullArgv(request)
  const { list } = request
  if (list !== undefined) await writeNames(list.file, list.names, splitModule(request.source).folder)
  const reader = createOutputReader()
  const deadline = AbortSignal.timeout(request.timeoutS * 1000)
  request.log.writeLine(`$ ${[request.bin, ...argv].join(' ')}`)
  const ended = await runCommand({
    bin: request.bin,
    argv,
    home: request.home,
    ...(request.password === null ? {} : { env: { RSYNC_PASSWORD: request.password } }),
    signal: AbortSignal.any([request.signal, deadline]),
    children: request.children,
    ...(request.list === undefined ? {} : { stdinFile: request.list.file }),
    onStdout: (line) => {
      const event = reader.readStdout(line)
      if (event.kind === 'progress') request.onProgress?.(event.progress)
      else if (event.kind !== 'noise') request.log.writeLine(event.kind === 'change' ? showChange(line) : line)
      if (event.kind === 'change') request.onChange?.(event.change)
      else if (event.kind === 'text' && event.torn) request.onChange?.(null)
    },
    onStderr: (line) => {
      reader.readStderr(line)
      request.log.writeLine(line)
    },
  })
  const result = judge(request, ended.exitCode, ended.startError, deadline.aborted, reader.lastError())
  request.log.writeLine(`[${result.error ?? 'rsync ended well'}]`)
  return {
    ...result,
    summary: reader.summary(),
    skippedDeletions: reader.skippedDeletions(),
    vanished: reader.vanished(),
  }
}

/** True when rsync failed before it touched anything. */
export function changedNothing({ exitCode, summary }: PullResult): boolean {
  const early = exitCode !== null && [1, 2, 3, 4, 5, 10, 35].includes(exitCode)
  return early && summary.added + summary.modified + summary.deleted === 0
}

/**
 * True when all that rsync changed stands in its output: it came to its own end, or did not begin. One that was killed, or
 * lost the connection, may have changed more than it said.
 */
export function toldEverything(result: PullResult): boolean {
  return (result.exitCode !== null && [0, 23, 24, 25].includes(result.exitCode)) || changedNothing(result)
}

function judge(
  request: PullRequest,
  exitCode: number | null,
  startError: string | null,
  timedOut: boolean,
  lastError: string | null,
): Omit<PullResult, 'summary' | 'skippedDeletions' | 'vanished'> {
  if (startError !== null) {
    return { outcome: 'permanent', exitCode: null, error: `${request.bin} cannot be started: ${startError}` }
  }
  if (request.signal.aborted) return { outcome: 'stopped', exitCode, error: 'stopped' }
  if (timedOut)
    return { outcome: 'retry', exitCode, error: `rsync was stopped after ${request.timeoutS} seconds (SYNC_TIMEOUT_S)` }
  const outcome = judgeExit(exitCode, lastError)
  return { outcome, exitCode, error: outcome === 'success' ? null : describeExit(exitCode, lastError) }
}

// One rsync from a daemon to a local folder, from its arguments to a judged result; both nodes pull with it.

import type { ChildRegistry } from '../child-registry.ts'
import type { Progress, Summary } from '../schemas/run.ts'
import { buildPullArgv, type Pull } from './argv.ts'
import { describeExit, judgeExit, type Outcome } from './exit-codes.ts'
import { createOutputReader } from './output.ts'
import { runCommand } from './run.ts'
import type { RunLog } from './run-log.ts'

/** A pull and what it needs around it. `password` reaches rsync only by RSYNC_PASSWORD. */
export interface PullRequest extends Pull {
  bin: string
  /** An empty folder: rsync reads `$HOME/.popt`. */
  home: string
  password: string | null
  /** Bound on the whole transfer, in seconds. */
  timeoutS: number
  signal: AbortSignal
  log: RunLog
  onProgress?: (progress: Progress) => void
  children: ChildRegistry
}

/** How a pull ended. `exitCode` is null when a signal ended it; `error` is null when it went well. */
export interface PullResult {
  outcome: Outcome
  exitCode: number | null
  summary: Summary
  skippedDeletions: number
  error: string | null
}

/** Runs the pull. Never throws for how rsync ends, only for options or ends that are not allowed. */
export async function pullTree(request: PullRequest): Promise<PullResult> {
  const argv = buildPullArgv(request)
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
    onStdout: (line) => {
      const event = reader.readStdout(line)
      if (event.kind === 'progress') request.onProgress?.(event.progress)
      else if (event.kind !== 'noise') request.log.writeLine(event.kind === 'change' ? line.slice(1) : line)
    },
    onStderr: (line) => {
      reader.readStderr(line)
      request.log.writeLine(line)
    },
  })
  const result = judge(request, ended.exitCode, ended.startError, deadline.aborted, reader.lastError())
  request.log.writeLine(`[${result.error ?? 'rsync ended well'}]`)
  return { ...result, summary: reader.summary(), skippedDeletions: reader.skippedDeletions() }
}

function judge(
  request: PullRequest,
  exitCode: number | null,
  startError: string | null,
  timedOut: boolean,
  lastError: string | null,
): Omit<PullResult, 'summary' | 'skippedDeletions'> {
  if (startError !== null) {
    return { outcome: 'permanent', exitCode: null, error: `${request.bin} cannot be started: ${startError}` }
  }
  if (request.signal.aborted) return { outcome: 'stopped', exitCode, error: 'stopped' }
  if (timedOut)
    return { outcome: 'retry', exitCode, error: `rsync was stopped after ${request.timeoutS} seconds (SYNC_TIMEOUT_S)` }
  const outcome = judgeExit(exitCode, lastError)
  return { outcome, exitCode, error: outcome === 'well' ? null : describeExit(exitCode, lastError) }
}

// Trees that come from an rsync daemon: one rsync a pull, from its arguments to a judged result.

import type { RunLog } from '../logs/run-log.ts'
import type { ChildRegistry } from '../process/child-registry.ts'
import { type Ended, runCommand } from '../process/run.ts'
import type { PullResult, PullSurroundings, TreePull, TreeSource } from '../trees/source.ts'
import { buildPullArgv } from './argv.ts'
import { describeExit, judgeExit } from './exit-codes.ts'
import { showChange } from './itemize.ts'
import { writeNamesFile } from './names-file.ts'
import { createOutputReader, type OutputReader } from './output.ts'
import { type RsyncSource, splitModule } from './source.ts'

/** What every rsync of a node needs. */
export interface RsyncTools {
  bin: string
  /** An empty folder: rsync reads `$HOME/.popt`. */
  home: string
  children: ChildRegistry
  ioTimeoutS: number
  /** Bound on one pull, in seconds. */
  timeoutS: number
}

/** An upstream, or a node of ours, and what surrounds the pulls from it. `password` reaches rsync only by RSYNC_PASSWORD. */
export interface RsyncEnd extends PullSurroundings {
  source: RsyncSource
  password: string | null
  /** True for a node of ours, whose file lists need no check. */
  trusted: boolean
  log: RunLog
}

/** Makes the source of the trees at an end. Its pulls throw for options or ends that are not allowed. */
export function createRsyncSource(tools: RsyncTools, end: RsyncEnd): TreeSource {
  return (pull) => pullByRsync(tools, end, pull)
}

async function pullByRsync(tools: RsyncTools, end: RsyncEnd, pull: TreePull): Promise<PullResult> {
  const { log } = end
  const { name, list, onChange, ...rest } = pull
  if (name !== undefined) log.writeLine(`[${name}]`)
  const argv = buildPullArgv({
    ...rest,
    source: end.source,
    options: end.options,
    checksum: end.checksum,
    ioTimeoutS: tools.ioTimeoutS,
    ...(list === undefined ? {} : { list: { trusted: end.trusted } }),
  })
  if (list !== undefined) await writeNamesFile(list.file, list.names, splitModule(end.source).folder)
  const reader = createOutputReader()
  const deadline = AbortSignal.timeout(tools.timeoutS * 1000)
  log.writeLine(`$ ${[tools.bin, ...argv].join(' ')}`)
  const ended = await runCommand({
    bin: tools.bin,
    argv,
    home: tools.home,
    ...(end.password === null ? {} : { env: { RSYNC_PASSWORD: end.password } }),
    signal: AbortSignal.any([end.signal, deadline]),
    children: tools.children,
    ...(list === undefined ? {} : { stdinFile: list.file }),
    onStdout: (line) => {
      const event = reader.readStdout(line)
      if (event.kind === 'progress') end.onProgress(event.progress)
      else if (event.kind !== 'noise') log.writeLine(event.kind === 'change' ? showChange(line) : line)
      if (event.kind === 'change') onChange?.(event.change)
      else if (event.kind === 'text' && event.torn) onChange?.(null)
    },
    onStderr: (line) => {
      reader.readStderr(line)
      log.writeLine(line)
    },
  })
  const judged = judge(tools, ended, reader, { stopped: end.signal.aborted, timedOut: deadline.aborted })
  log.writeLine(`[${judged.error ?? 'rsync succeeded'}]`)
  return describeResult(judged, reader)
}

type Judged = Pick<PullResult, 'outcome' | 'exitCode' | 'error'>

function judge(
  { bin, timeoutS }: RsyncTools,
  { exitCode, startError }: Ended,
  reader: OutputReader,
  why: { stopped: boolean; timedOut: boolean },
): Judged {
  if (startError !== null) {
    return { outcome: 'permanent', exitCode: null, error: `${bin} cannot be started: ${startError}` }
  }
  if (why.stopped) return { outcome: 'stopped', exitCode, error: 'stopped' }
  if (why.timedOut)
    return { outcome: 'retry', exitCode, error: `rsync was stopped after ${timeoutS} seconds (SYNC_TIMEOUT_S)` }
  const lastError = reader.lastError()
  const outcome = judgeExit(exitCode, lastError)
  return { outcome, exitCode, error: outcome === 'success' ? null : describeExit(exitCode, lastError) }
}

/** Exit codes of an rsync that failed before it touched a file. */
const EARLY_CODES = [1, 2, 3, 4, 5, 10, 35]
/** Exit codes of an rsync that came to its own end: one that was killed may have changed more than it told. */
const WHOLE_CODES = [0, 23, 24, 25]

function describeResult(judged: Judged, reader: OutputReader): PullResult {
  const { exitCode } = judged
  const summary = reader.summary()
  const changes = summary.added + summary.modified + summary.deleted
  const changedNothing = exitCode !== null && EARLY_CODES.includes(exitCode) && changes === 0
  return {
    ...judged,
    summary,
    skippedDeletions: reader.skippedDeletions(),
    vanished: reader.vanished(),
    changedNothing,
    toldEverything: changedNothing || (exitCode !== null && WHOLE_CODES.includes(exitCode)),
  }
}

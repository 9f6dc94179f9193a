// Trees that come from an rsync daemon: one rsync a pull, from its arguments to a judged result.

import type { RunLog } from '../logs/run-log.ts'
import type { ChildRegistry } from '../process/child-registry.ts'
import { decodeLine, type Ended, runCommand } from '../process/run.ts'
import { realFolder } from '../trees/paths.ts'
import type { PullResult, PullSurroundings, TreePull, TreeSource } from '../trees/source.ts'
import { buildPullArgv, patienceOf } from './argv.ts'
import { type Connect, type Connection, plainly } from './connection.ts'
import { describeExit, judgeExit } from './exit-codes.ts'
import { showChange } from './itemize.ts'
import { writeNamesFile } from './names-file.ts'
import { checkOptions, isGiven } from './options.ts'
import { createOutputReader, type OutputEvent, type OutputReader } from './output.ts'
import { showCommand } from './show-command.ts'
import { type LocalTree, type RsyncSource, splitModule } from './source.ts'

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

/** An upstream, a node of ours, or a tree on this node, and what surrounds the pulls from it. `password` reaches rsync only by RSYNC_PASSWORD. */
export interface RsyncEnd extends PullSurroundings {
  source: RsyncSource | LocalTree
  password: string | null
  /** How to get there, where the machine's routes do not say. */
  connect?: Connect
  /** True for a node of ours, whose file lists need no check, and whose trees stand still. */
  trusted: boolean
  /** Exit codes after which what came is taken all the same. */
  toleratedCodes: readonly number[]
  /** Compare times to the nanosecond: the end is the one that the tree came from. */
  exactTimes: boolean
  /** Leave the folders above the names of a list as they are, where there are some. */
  leavesFolders?: boolean
  /** False where the tree is on a file system with coarse times, which would always differ. */
  keepsNanoseconds: boolean
  log: RunLog
}

/** Makes the source of the trees at an end. Its pulls throw for options or ends that are not allowed. */
export function createRsyncSource(tools: RsyncTools, end: RsyncEnd): TreeSource {
  const { connect = plainly } = end
  return (pull) => connect((connection) => pullByRsync(tools, end, connection, pull))
}

/** rsync's own code for a server that is silent (rsync(1), EXIT VALUES). */
const TIMED_OUT = 30
/** Said on stderr before code 13; where links lead is asked for again without. */
const TOO_LONG = 'buffer overflow expanding %L'

async function pullByRsync(
  tools: RsyncTools,
  end: RsyncEnd,
  connection: Connection,
  pull: TreePull,
): Promise<PullResult> {
  const { log } = end
  if (pull.name !== undefined) log.writeLine(`[${pull.name}]`)
  if (pull.list !== undefined) await writeNamesFile(pull.list.file, pull.list.names, splitModule(end.source).folder)
  const first = await runRsync(tools, end, connection, pull, false)
  if (!first.isTooLong) return first.result
  log.writeLine('[a link and its name are too long to be listed; pulling again without the targets of links]')
  return (await runRsync(tools, end, connection, pull, true)).result
}

async function runRsync(
  tools: RsyncTools,
  end: RsyncEnd,
  connection: Connection,
  pull: TreePull,
  withoutTargets: boolean,
): Promise<{ result: PullResult; isTooLong: boolean }> {
  const { log } = end
  const { list, onChange, contents = false, name: _name, ...rest } = pull
  const argv = buildPullArgv({
    ...rest,
    ...(await placesOf(pull)),
    source: 'local' in end.source ? { local: await realFolder(end.source.local) } : end.source,
    options: end.options,
    connection,
    checksum: end.checksum || contents,
    exactTimes: end.exactTimes && end.keepsNanoseconds,
    // A node of ours lists what has changed, and coarse times may not show it.
    ignoreTimes: end.trusted && list !== undefined && !end.keepsNanoseconds,
    withoutTargets,
    ioTimeoutS: tools.ioTimeoutS,
    timeoutS: tools.timeoutS,
    ...(list === undefined ? {} : { list: { trusted: end.trusted, leavesFolders: end.leavesFolders ?? false } }),
    withoutTemporary: !end.trusted,
    wholeList: end.toleratedCodes.length > 0,
  })
  const reader = createOutputReader()
  const deadline = AbortSignal.timeout(tools.timeoutS * 1000)
  // rsync's own time-out ends a server that is silent, not one that greets letter by letter. It writes first when the list
  // of files begins, and nothing up to there takes either end long.
  const patienceS = patienceOf(checkOptions(end.options), tools.ioTimeoutS)
  const unbegun = new AbortController()
  const patience = setTimeout(() => unbegun.abort(), patienceS * 1000)
  // With hard links among what is obstructed rsync hangs or breaks off (3.5.0); and the way must be cleared in any case.
  const obstructed = new AbortController()
  let isTooLong = false
  let unconnected: string | null = null
  const tell = createTeller(end, onChange, withoutTargets)
  log.writeLine(showCommand(tools.bin, argv))
  const ended = await runCommand({
    bin: tools.bin,
    argv,
    home: tools.home,
    env: { ...connection.env, ...(end.password === null ? {} : { RSYNC_PASSWORD: end.password }) },
    signal: AbortSignal.any([end.signal, deadline, unbegun.signal, obstructed.signal]),
    children: tools.children,
    ...(list === undefined ? {} : { stdinFile: list.file }),
    onOutput: () => clearTimeout(patience),
    onStdout: (line) => {
      for (const event of reader.readStdout(line)) tell(event)
    },
    onStderr: (line) => {
      reader.readStderr(line)
      unconnected ??= connection.explain(line)
      isTooLong ||= line.startsWith(TOO_LONG)
      if (reader.obstructed() > 0) obstructed.abort()
      log.writeLine(decodeLine(line))
    },
  }).finally(() => clearTimeout(patience))
  const told = { ...reader, lastError: () => unconnected ?? reader.lastError() }
  const strict = judge(tools, ended, told, {
    stopped: end.signal.aborted,
    timedOut: deadline.aborted,
    unbegunS: unbegun.signal.aborted ? patienceS : null,
  })
  const judged = tolerates(end, list !== undefined, strict, reader) ? { ...strict, outcome: 'noted' as const } : strict
  log.writeLine(`[${judged.error ?? 'rsync succeeded'}]`)
  const result = describeResult(judged, judged !== strict, reader)
  // Of a file with holes the size says nothing.
  const isSparse = isGiven(checkOptions(end.options).words, 'S', '--sparse')
  return { result: isSparse ? { ...result, incoming: null } : result, isTooLong }
}

/** Passes on what rsync says. */
function createTeller(
  { log, onProgress }: Pick<RsyncEnd, 'log' | 'onProgress'>,
  onChange: TreePull['onChange'],
  withoutTargets: boolean,
) {
  return (event: OutputEvent): void => {
    if (event.kind === 'noise') return
    if (event.kind === 'progress') {
      onProgress(event.progress)
      return
    }
    const { line } = event
    log.writeLine(decodeLine(event.kind === 'change' ? showChange(line) : line))
    // Without its target nothing tells which other name a hard link has.
    if (event.kind === 'change') onChange?.(withoutTargets && line.startsWith('#h') ? null : event.change)
    else if (event.torn) onChange?.(null)
  }
}

/** rsync (3.5.0) follows no symlink of a user other than root and its own, so it is told where the folders really are. */
async function placesOf({ destination, linkDest, workFolder }: TreePull) {
  return {
    destination: await realFolder(destination),
    ...(linkDest === undefined ? {} : { linkDest: await realFolder(linkDest) }),
    ...(workFolder === undefined ? {} : { workFolder: await realFolder(workFolder) }),
  }
}

type Judged = Pick<PullResult, 'outcome' | 'exitCode' | 'error'>

function judge(
  { bin, timeoutS }: RsyncTools,
  { exitCode, startError }: Ended,
  reader: OutputReader,
  why: { stopped: boolean; timedOut: boolean; unbegunS: number | null },
): Judged {
  if (startError !== null) {
    return { outcome: 'permanent', exitCode: null, error: `${bin} cannot be started: ${startError}` }
  }
  if (why.stopped) return { outcome: 'stopped', exitCode, error: 'stopped' }
  if (why.timedOut && reader.obstructed() === 0)
    return {
      outcome: 'retry',
      exitCode,
      error: `rsync was stopped after ${timeoutS} seconds (SYNC_TIMEOUT_S, or the project's timeout_s)`,
    }
  if (why.unbegunS !== null) {
    const error = `the server did not begin the transfer within ${why.unbegunS} seconds (RSYNC_IO_TIMEOUT_S, or the project's io_timeout_s)`
    return { outcome: 'retry', exitCode: TIMED_OUT, error }
  }
  const said = reader.lastError()
  if (reader.obstructed() > 0)
    return { outcome: 'retry', exitCode, error: 'a folder with content is in the way of a file' }
  const lastError = said === null ? null : decodeLine(said)
  const judged = judgeExit(exitCode, lastError)
  // Nobody here has stopped it: the kernel was out of memory, or a supervisor signalled everything.
  const outcome = judged === 'stopped' ? 'once' : judged
  return { outcome, exitCode, error: outcome === 'success' ? null : describeExit(exitCode, lastError) }
}

/** A source of which nothing at all was seen has failed whatever is tolerated: its folder is gone, or closed. */
function tolerates({ toleratedCodes }: RsyncEnd, isList: boolean, judged: Judged, reader: OutputReader): boolean {
  const { outcome, exitCode } = judged
  const wasSeen = isList || (reader.sourceFiles() ?? 0) > 0
  return (
    outcome === 'retry' &&
    reader.obstructed() === 0 &&
    exitCode !== null &&
    toleratedCodes.includes(exitCode) &&
    wasSeen
  )
}

/** Exit codes of a connection that could not be made, or broke. */
const CONNECTION_CODES = [5, 10, 12, 30, 35]
/** Exit codes of an rsync that failed before it touched a file. */
const EARLY_CODES = [1, 2, 3, 4, 5, 10, 35]
/** Exit codes of an rsync that came to its own end: one that was killed may have changed more than it told. */
const WHOLE_CODES = [0, 23, 24, 25]

function describeResult(judged: Judged, tolerated: boolean, reader: OutputReader): PullResult {
  const { exitCode } = judged
  const summary = reader.summary()
  const changes = summary.added + summary.modified + summary.deleted
  const changedNothing = exitCode !== null && EARLY_CODES.includes(exitCode) && changes === 0
  return {
    ...judged,
    tolerated,
    summary: tolerated ? { ...summary, errors: Math.max(1, summary.errors) } : summary,
    skippedDeletions: reader.skippedDeletions(),
    skippedFolders: reader.skippedFolders(),
    sourceFiles: reader.sourceFiles(),
    incoming: reader.incoming(),
    vanished: reader.vanished(),
    obstructed: reader.obstructed(),
    connectionFailed: exitCode === null || CONNECTION_CODES.includes(exitCode),
    changedNothing,
    toldEverything: changedNothing || (exitCode !== null && WHOLE_CODES.includes(exitCode)),
  }
}

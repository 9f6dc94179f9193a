// Fetches one small file of an rsync daemon, or only asks for its size and time.

import { decodeLine, runCommand } from '../process/run.ts'
import { type Connection, plainly } from './connection.ts'
import { describeExit } from './exit-codes.ts'
import type { RsyncEnd, RsyncTools } from './pull.ts'
import { showCommand } from './show-command.ts'
import { buildFileUrl, type RsyncSource } from './source.ts'

export interface FileFetch {
  /** Below the end's path. */
  file: string
  /** An empty folder that gets the file, under the last part of its name. Absolute. */
  folder: string
  /** A larger file does not come. */
  maxBytes: number
}

export type FileEnd = Pick<RsyncEnd, 'password' | 'connect' | 'signal' | 'log'> & {
  source: RsyncSource
  /** `-4` or `-6` for one kind of address only. */
  family: string | null
}

/** Fetches the file. Resolves to why it could not, or null; a file that is too large is not there afterwards. */
export async function fetchFile(tools: RsyncTools, end: FileEnd, fetch: FileFetch): Promise<string | null> {
  const { error } = await connected(tools, end, fetch, [`--max-size=${fetch.maxBytes}`])
  return error
}

/** The size in bytes and the time, to the second in UTC, of a file that is not fetched; else why not. */
export async function askForFile(
  tools: RsyncTools,
  end: FileEnd,
  fetch: FileFetch,
): Promise<{ size: string; time: string } | string> {
  const { error, lines } = await connected(tools, end, fetch, [
    '--dry-run',
    '--no-human-readable',
    '--out-format=#%l %M',
  ])
  const match = lines.map((line) => /^#(\d+) (\S+)$/.exec(line)).find((found) => found !== null)
  return match?.[1] !== undefined && match[2] !== undefined
    ? { size: match[1], time: match[2] }
    : (error ?? 'rsync did not tell its size')
}

function connected(tools: RsyncTools, end: FileEnd, fetch: FileFetch, options: readonly string[]) {
  const { connect = plainly } = end
  return connect((connection) => run(tools, end, connection, fetch, options))
}

/** Links are followed on the upstream's side: what counts is what a client reads. */
async function run(
  { bin, home, children, ioTimeoutS, timeoutS }: RsyncTools,
  { source, password, signal, log, family }: FileEnd,
  connection: Connection,
  { file, folder }: FileFetch,
  options: readonly string[],
): Promise<{ error: string | null; lines: string[] }> {
  const argv = [
    '--times',
    '--copy-links',
    ...(family === null ? [] : [family]),
    ...connection.words,
    ...options,
    '--no-motd',
    '--outbuf=L',
    `--timeout=${ioTimeoutS}`,
    '--',
    buildFileUrl(source, file),
    `${folder}/`,
  ]
  const lines: string[] = []
  let lastError: string | null = null
  let unconnected: string | null = null
  const deadline = AbortSignal.timeout(timeoutS * 1000)
  log.writeLine(showCommand(bin, argv))
  const ended = await runCommand({
    bin,
    argv,
    home,
    // The time of a file is told in the zone of the program.
    env: { TZ: 'UTC', ...connection.env, ...(password === null ? {} : { RSYNC_PASSWORD: password }) },
    signal: AbortSignal.any([signal, deadline]),
    children,
    onStdout: (line) => lines.push(line),
    onStderr: (line) => {
      unconnected ??= connection.explain(line)
      lastError ??= decodeLine(line)
    },
  })
  if (ended.startError !== null) return { error: `${bin} cannot be started: ${ended.startError}`, lines }
  if (deadline.aborted && !signal.aborted) return { error: `it took longer than ${timeoutS} seconds`, lines }
  return { error: ended.exitCode === 0 ? null : describeExit(ended.exitCode, unconnected ?? lastError), lines }
}

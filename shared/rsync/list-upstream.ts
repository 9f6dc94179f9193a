// Lists what an rsync daemon has: its modules, or the entries of one folder. Nothing is transferred.

import { urlHost } from '../http/url-host.ts'
import { decodeLine, runCommand } from '../process/run.ts'
import { type Connect, type Connection, plainly } from './connection.ts'
import { describeExit } from './exit-codes.ts'
import type { RsyncTools } from './pull.ts'
import { buildSourceUrl, type RsyncSource } from './source.ts'

/** An entry of a folder: its name as a person reads it. */
export interface Listed {
  name: string
  kind: 'folder' | 'file' | 'link' | 'other'
}

export interface Listing {
  /** Names of modules, in the daemon's order; null when a folder was asked for. */
  modules: string[] | null
  entries: Listed[] | null
  /** How it could not be listed; null when it could. */
  error: string | null
  exitCode: number | null
}

/** Nobody reads more of them, and a daemon may send them without end. */
const MOST = 1_000
/** A line of `--list-only`: the mode, the size, the day, the time, the name (rsync(1)). */
const ENTRY = /^([-dlcbps])\S{9}\S*\s+[\d,.]+\s+\d{4}\/\d\d\/\d\d\s\d\d:\d\d:\d\d\s(.*)$/
/** A module has a tab before its comment; a daemon's message need not have one. */
const MODULE = /^(\S+) *\t/
const KINDS: Readonly<Record<string, Listed['kind']>> = { d: 'folder', '-': 'file', l: 'link' }

export interface ListQuestion {
  /** Its path is a module, or a folder of one; empty for the list of modules. */
  source: RsyncSource
  password: string | null
  /** How to get there, where the machine's routes do not say. */
  connect?: Connect
  signal: AbortSignal
  /** `-4` or `-6` for one kind of address only. */
  family?: string | null
  /** Patterns of the names that are of interest; all when missing. */
  names?: readonly string[]
}

/** @throws {InvalidInput} for parts that cannot be. */
export function listUpstream(tools: RsyncTools, question: ListQuestion): Promise<Listing> {
  const { connect = plainly } = question
  return connect((connection) => list(tools, question, connection))
}

async function list(
  { bin, home, children, ioTimeoutS, timeoutS }: RsyncTools,
  { source, password, signal, names, family = null }: ListQuestion,
  connection: Connection,
): Promise<Listing> {
  const asksModules = source.path === ''
  const url = asksModules ? `rsync://${urlHost(source.host)}:${source.port}/` : buildSourceUrl(source)
  const lines: string[] = []
  const enough = new AbortController()
  let lastError: string | null = null
  let unconnected: string | null = null
  const ended = await runCommand({
    bin,
    argv: [
      `--timeout=${ioTimeoutS}`,
      ...(connection.isShell ? [] : [`--contimeout=${ioTimeoutS}`]),
      '--list-only',
      ...(family === null ? [] : [family]),
      ...connection.words,
      // Without its message a daemon does not list its modules either (rsync(1), --no-motd).
      ...(asksModules ? [] : ['--no-motd']),
      ...(names === undefined ? [] : [...names.map((name) => `--include=/${name}`), '--exclude=*']),
      '--',
      url,
    ],
    home,
    env: { ...connection.env, ...(password === null ? {} : { RSYNC_PASSWORD: password }) },
    signal: AbortSignal.any([signal, enough.signal, AbortSignal.timeout(timeoutS * 1000)]),
    children,
    onStdout: (line) => {
      lines.push(decodeLine(line))
      if (lines.length >= MOST) enough.abort()
    },
    onStderr: (line) => {
      unconnected ??= connection.explain(line)
      lastError ??= decodeLine(line)
    },
  })
  const failed = (error: string): Listing => ({ modules: null, entries: null, error, exitCode: ended.exitCode })
  if (ended.startError !== null) return failed(`${bin} cannot be started: ${ended.startError}`)
  if (ended.exitCode !== 0 && !enough.signal.aborted)
    return failed(
      ended.stopped
        ? `there was no answer within ${timeoutS} seconds`
        : describeExit(ended.exitCode, unconnected ?? lastError),
    )
  const modules = asksModules ? lines.flatMap((line) => MODULE.exec(line)?.[1] ?? []) : null
  return { modules, entries: asksModules ? null : lines.flatMap(readEntry), error: null, exitCode: 0 }
}

function readEntry(line: string): Listed[] {
  const [, kind = '', name = ''] = ENTRY.exec(line) ?? []
  if (name === '' || name === '.') return []
  return [{ name: kind === 'l' ? name.replace(/ -> .*$/, '') : name, kind: KINDS[kind] ?? 'other' }]
}

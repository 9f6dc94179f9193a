// Runs a command of the operator around a run of a project: the run as JSON on its standard input, bounded in time.

import type { Settings } from '../../settings.ts'
import type { ChildRegistry } from '../../shared/process/child-registry.ts'
import { decodeLine, runCommand } from '../../shared/process/run.ts'
import type { HookTime } from '../../shared/schemas/hooks.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { findCommand } from '../sources/command/place.ts'

/** Of what it writes, so many lines are told. */
const MOST_LINES = 1_000

export interface HookDeps {
  settings: Pick<Settings, 'COMMANDS_DIR' | 'HOOK_TIMEOUT_S'>
  children: ChildRegistry
  /** An empty folder that is the home of the programs that are started. */
  home: string
}

export interface HookCall {
  time: HookTime
  /** The name of a file in COMMANDS_DIR. */
  command: string
  run: Run
  signal: AbortSignal
  /** Takes what it writes, line by line. */
  writeLine: (line: string) => void
}

/** Resolves to null when it ended with 0, else to a sentence that says why not: by the last line that it wrote, if there is one. */
export async function runHook(deps: HookDeps, call: HookCall): Promise<string | null> {
  const { settings, children, home } = deps
  const { time, command, run, signal, writeLine } = call
  // It may have been changed since it was named.
  const file = await findCommand(settings, command, `hooks.${time}`).catch((error: Error) => error)
  if (file instanceof Error) return file.message
  const late = AbortSignal.timeout(settings.HOOK_TIMEOUT_S * 1000)
  let [last, lines] = ['', 0]
  const onLine = (line: string) => {
    const text = decodeLine(line)
    if (text.trim() !== '') last = text
    lines += 1
    if (lines <= MOST_LINES) writeLine(text)
    if (lines === MOST_LINES) writeLine('[what it writes from here on is left out]')
  }
  writeLine(`$ ${file}`)
  const ended = await runCommand({
    bin: file,
    argv: [],
    home,
    env: { MIRRORFLEET_HOOK: time, MIRRORFLEET_PROJECT: run.id, MIRRORFLEET_RUN: run.run },
    input: `${JSON.stringify(run)}\n`,
    signal: AbortSignal.any([signal, late]),
    children,
    onStdout: onLine,
    onStderr: onLine,
  })
  if (ended.startError !== null) return `${command} cannot be started: ${ended.startError}`
  if (signal.aborted) return `${command} was stopped`
  if (late.aborted) return `${command} was stopped after ${settings.HOOK_TIMEOUT_S} seconds (HOOK_TIMEOUT_S)`
  if (ended.exitCode === 0) return null
  const how = ended.exitCode === null ? 'was ended by a signal' : `ended with code ${ended.exitCode}`
  return last === '' ? `${command} ${how}` : `${command} ${how}: ${last}`
}

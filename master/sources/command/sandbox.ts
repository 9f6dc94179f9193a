// Finds out whether commands can run in a sandbox here, and how they run.

import { lstat, realpath } from 'node:fs/promises'
import { runProgram } from '../run-program.ts'
import type { FillJob } from '../source-kind.ts'
import { ROOT_FOLDERS, sandboxArgv } from './argv.ts'

/** What comes before the program; nothing without a sandbox. `reason` says why there is none. */
export type Sandbox = { before: readonly string[] } | { reason: string }

/** Tried with a program that does nothing: bwrap's own failures have the exit code of a command that fails. */
export async function openSandbox(job: FillJob, tree: string, readable: readonly string[]): Promise<Sandbox> {
  if (job.settings.COMMANDS_SANDBOX === 'off') return { reason: 'COMMANDS_SANDBOX is off' }
  const folders = await Promise.all(ROOT_FOLDERS.map(look))
  const real = await Promise.all(readable.map((folder) => realpath(folder)))
  const plan = { tree: await realpath(tree), readable: real, folders: folders.filter((one) => one !== null) }
  const argv = sandboxArgv(plan)
  const { exitCode, failure, complaint } = await runProgram(job, {
    bin: 'bwrap',
    argv: [...argv, '--', '/usr/bin/true'],
    says: 'bwrap … /usr/bin/true',
  })
  if (exitCode === 0 && failure === null) return { before: ['bwrap', ...argv, '--'] }
  return { reason: failure?.error ?? complaint ?? `bwrap ended with code ${exitCode}` }
}

async function look(name: (typeof ROOT_FOLDERS)[number]): Promise<{ name: string; isLink: boolean } | null> {
  const found = await lstat(`/${name}`).catch(() => null)
  return found === null ? null : { name, isLink: found.isSymbolicLink() }
}

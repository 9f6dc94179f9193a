// The command line as a whole: its options, its commands, and what exit code each kind of failure has.

import { Argument, Command, CommanderError } from 'commander'
import { ApiError, NoAnswerError } from '../shared/api/errors.ts'
import type { Act } from './act.ts'
import { addFleetCommands } from './commands/fleet.ts'
import { addLoginCommands } from './commands/login.ts'
import { addMasterCommands } from './commands/master.ts'
import { addMigrateCommand } from './commands/migrate.ts'
import { addProjectCommands } from './commands/project.ts'
import { addRunCommands } from './commands/run.ts'
import { addSlaveCommands } from './commands/slave.ts'
import { addStatusCommand } from './commands/status.ts'
import { addUserCommands } from './commands/user.ts'
import { SHELLS, type Shell, writeCompletion } from './completion.ts'
import { createContext, DEFAULT_URL, UsageError } from './context.ts'
import { EXIT } from './exit.ts'

export function createProgram(version: string): Command {
  const program = new Command('mirrorfleet')
    .description('Speaks to a Mirrorfleet master: what its projects and slaves do, and what they should do.')
    .version(version)
    .option('--url <address>', `the master's address (MIRRORFLEET_URL; ${DEFAULT_URL})`)
    .option('--user <name>', 'who logs in (MIRRORFLEET_USER, with MIRRORFLEET_PASSWORD; or MIRRORFLEET_TOKEN)')
    .option('--json', 'answers as JSON')
    .option('-q, --quiet', 'nothing but answers')
    .option('-v, --verbose', 'errors with all that is known of them')
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
  const act: Act =
    (run) =>
    async (...given) =>
      run(createContext(program.opts()), ...(given as never))
  addLoginCommands(program, act)
  addStatusCommand(program, act)
  addProjectCommands(program, act)
  addRunCommands(program, act)
  addSlaveCommands(program, act)
  addUserCommands(program, act)
  addFleetCommands(program, act)
  addMasterCommands(program, act)
  addMigrateCommand(program, act)
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .description('a completion script: source <(mirrorfleet completion bash)')
    .action((shell: Shell) => void process.stdout.write(`${writeCompletion(program, shell)}\n`))
  return program
}

/** Runs a command line to its end and returns its exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? EXIT.success)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage
    const { json, verbose } = program.opts()
    process.stderr.write(json ? `${JSON.stringify(asJson(error))}\n` : `${describe(error)}\n`)
    if (verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    if (error instanceof UsageError) return EXIT.usage
    return error instanceof NoAnswerError ? EXIT.unreachable : EXIT.refused
  }
}

function describe(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error)
  const advice = error.status === 401 ? ' Run `mirrorfleet login`, or look at MIRRORFLEET_TOKEN.' : ''
  return `${error.message}${advice}`
}

function asJson(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof ApiError)) return { error: { code: 'CLIENT', message } }
  const { code, status, field } = error
  return { error: { code, status, message, ...(field === undefined ? {} : { field }) } }
}

// The whole command line: its options, its commands, and the exit code of each kind of failure.

import { Argument, Command, CommanderError } from 'commander'
import { ApiError, NoAnswerError } from '../shared/api/errors.ts'
import type { Act } from './act.ts'
import { DEFAULT_URL } from './choose-login.ts'
import { withCommandAdvice } from './command-advice.ts'
import { addAuditCommand } from './commands/audit.ts'
import { addContextCommands } from './commands/context.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addFleetCommands } from './commands/fleet.ts'
import { addLoginCommands } from './commands/login.ts'
import { addMasterCommands } from './commands/master.ts'
import { addMigrateCommand } from './commands/migrate.ts'
import { addNotifyCommands } from './commands/notify.ts'
import { addProjectCommands } from './commands/project.ts'
import { addRunCommands } from './commands/run.ts'
import { addSlaveCommands } from './commands/slave.ts'
import { addStatusCommand } from './commands/status.ts'
import { addUserCommands } from './commands/user.ts'
import { SHELLS, type Shell, writeCompletion } from './completion/scripts.ts'
import { createContext } from './context.ts'
import { addExamples } from './examples.ts'
import { EXIT, EXIT_ON_SIGINT } from './exit.ts'
import { withNameAdvice } from './name-advice.ts'
import { UsageError } from './usage-error.ts'

export function createProgram(version: string): Command {
  const program = new Command('mirrorfleet')
    .description('Controls a Mirrorfleet master: its projects, runs, slaves and users.')
    .version(version)
    .option('--url <address>', `the master's address (MIRRORFLEET_URL; ${DEFAULT_URL})`)
    .option('--context <name>', 'the saved log-in to use; `mirrorfleet context list` lists them')
    .option(
      '--user <name>',
      'the user to log in as (MIRRORFLEET_USER, with MIRRORFLEET_PASSWORD; or MIRRORFLEET_TOKEN)',
    )
    .option('--json', 'print results as JSON')
    .option('-q, --quiet', 'print results only')
    .option('-v, --verbose', 'print the stack trace of an error')
    .showHelpAfterError('(run with --help for a list of commands and options)')
    .exitOverride()
  const act: Act =
    (run) =>
    async (...given) => {
      const context = createContext(program.opts())
      await run(context, ...(given as never)).catch(async (error: unknown) => {
        throw await withNameAdvice(error, context.connect)
      })
    }
  addLoginCommands(program, act)
  addContextCommands(program, act)
  addStatusCommand(program, act)
  addDoctorCommand(program, act)
  addProjectCommands(program, act)
  addRunCommands(program, act)
  addSlaveCommands(program, act)
  addUserCommands(program, act)
  addAuditCommand(program, act)
  addFleetCommands(program, act)
  addMasterCommands(program, act)
  addNotifyCommands(program, act)
  addMigrateCommand(program, act)
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .description('print a completion script for a shell: source <(mirrorfleet completion bash)')
    .action((shell: Shell) => void process.stdout.write(`${writeCompletion(shell)}\n`))
  addExamples(program)
  return program
}

/** Runs a command line to its end and returns its exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  program.configureOutput({ outputError: (text, write) => write(withCommandAdvice(text, program, argv)) })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? EXIT.success)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage
    // Ctrl-C at a question; the shell says what it wants to say.
    if (Object(error).code === 'ABORT_ERR') {
      process.stderr.write('\n')
      return EXIT_ON_SIGINT
    }
    const { json, verbose } = program.opts()
    process.stderr.write(json ? `${JSON.stringify(asJson(error))}\n` : `${describe(error)}\n`)
    if (verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    if (error instanceof UsageError) return EXIT.usage
    return error instanceof NoAnswerError ? EXIT.unreachable : EXIT.refused
  }
}

function describe(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error)
  const advice =
    error.status === 401
      ? ' Run `mirrorfleet login`, or check MIRRORFLEET_TOKEN, or MIRRORFLEET_USER and MIRRORFLEET_PASSWORD.'
      : ''
  const more = error.problems.slice(1).map(({ message }) => `\n${message}`)
  return `${error.message}${advice}${more.join('')}`
}

function asJson(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof ApiError)) return { error: { code: 'CLIENT', message } }
  const { code, status, field, problems } = error
  return { error: { code, status, message, ...(field === undefined ? {} : { field, problems }) } }
}

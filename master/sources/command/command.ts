// Trees that a program of the operator fills: anything that there is no kind for.

import { mkdir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { atField, RoleForbidden } from '../../../shared/errors.ts'
import type { CommandKind } from '../../../shared/schemas/source.ts'
import { runProgram } from '../run-program.ts'
import { type Filled, type FilledSource, type FillJob, filled, notFilled } from '../source-kind.ts'
import { commandEnvironment } from './argv.ts'
import { createProgressReader, judgeCode } from './output.ts'
import { findCommand } from './place.ts'
import { openSandbox } from './sandbox.ts'

export function commandSource(source: CommandKind): FilledSource {
  return {
    check: async ({ settings, byRoot, isNew }) => {
      if (isNew && !byRoot) {
        const message = 'source.kind: only a user with the role root may have a command run'
        throw atField(new RoleForbidden(message), 'source.kind')
      }
      await findCommand(settings, source.command)
    },
    host: hostIn(source.upstream),
    guard: 'share',
    stages: 'single',
    isAlive: false,
    mayBePartial: (source.exit_codes?.tolerate ?? []).length > 0,
    mayBeEmpty: false,
    fill: (job) => fill(source, job),
  }
}

async function fill(source: CommandKind, job: FillJob): Promise<Filled> {
  const { settings, project, log } = job
  const tree = path.join(job.place, 'tree')
  // It may have been changed since.
  const file = await findCommand(settings, source.command).catch((error: Error) => error)
  if (file instanceof Error) return notFilled(tree, 'operator', file.message)
  await mkdir(job.place, { recursive: true, mode: 0o700 })
  await mkdir(tree, { recursive: true, mode: 0o755 })
  const previous = job.served === null ? null : await realpath(job.served)
  const { COMMANDS_DIR = '', KEYRINGS_DIR } = settings
  const readable = [COMMANDS_DIR, KEYRINGS_DIR, previous].filter((one) => typeof one === 'string')
  const sandbox = await openSandbox(job, tree, readable)
  if (job.signal.aborted) return notFilled(tree, 'stopped', 'stopped')
  if ('reason' in sandbox && settings.COMMANDS_SANDBOX === 'required') {
    const error = `COMMANDS_SANDBOX is required, and there is no sandbox here: ${sandbox.reason}`
    return notFilled(tree, 'operator', error)
  }
  if ('reason' in sandbox) log.writeLine(`[the command runs without a sandbox: ${sandbox.reason}]`)
  const [bin = file, ...argv] = [...('before' in sandbox ? sandbox.before : []), file, ...(source.args ?? [])]
  const progress = createProgressReader()
  const words = { tree: await realpath(tree), previous, project: project.project, generation: job.generation }
  const { exitCode, failure, complaint } = await runProgram(job, {
    bin,
    argv,
    cwd: words.tree,
    says: [file, ...(source.args ?? [])].join(' '),
    env: {
      ...source.env,
      ...secretsOf(source),
      ...commandEnvironment({
        ...words,
        upstream: source.upstream ?? '',
        mode: job.mode,
        bytesPerSecond: job.bytesPerSecond,
      }),
    },
    onStdout: (line) => {
      const now = progress.read(line)
      if (now !== null) job.onProgress(now)
      return now !== null
    },
  })
  if (failure !== null) return notFilled(tree, failure.outcome, failure.error, exitCode)
  const outcome = judgeCode(source, exitCode ?? 0)
  const done = filled(tree, progress.bytes())
  if (outcome === 'success') return { ...done, exitCode }
  const error = `${source.command} ended with code ${exitCode}${complaint === null ? '' : `: ${complaint}`}`
  if (outcome === 'noted') return { ...done, outcome, exitCode, error, tolerated: true }
  return notFilled(tree, outcome, error, exitCode)
}

function secretsOf({ secrets = {} }: CommandKind): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, value ?? '']))
}

function hostIn(upstream: string | undefined): string {
  return upstream !== undefined && URL.canParse(upstream) ? new URL(upstream).host : ''
}

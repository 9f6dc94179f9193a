// Asks a git server for its refs, without a repository of ours.

import { decodeLine } from '../../../shared/process/run.ts'
import { runProgram } from '../run-program.ts'
import type { FillJob } from '../source-kind.ts'
import { assertAddress, pinHost } from './address.ts'
import { GIT_ENVIRONMENT, type GitWay, gitOptions } from './argv.ts'
import { GitFailed } from './git-failed.ts'
import { judgeComplaint } from './progress.ts'
import { createRefReader, type RemoteRefs } from './refs.ts'

/**
 * How git reaches an address now. `ofRoot`: any address may be asked.
 *
 * @throws {InvalidInput} for an address that is not allowed. @throws {GitFailed} when its name has no public address.
 */
export async function findWay(
  url: string,
  { ofRoot, settings }: Pick<FillJob, 'ofRoot' | 'settings'>,
): Promise<GitWay> {
  assertAddress(url, ofRoot)
  const pinned = ofRoot
    ? null
    : await pinHost(url).catch((error: unknown) => {
        throw new GitFailed('retry', error instanceof Error ? error.message : String(error), null)
      })
  return { pinned, followsRedirects: ofRoot, silenceS: settings.RSYNC_IO_TIMEOUT_S }
}

/** The refs that the server has of those that match `patterns`; costs one connection. @throws {GitFailed} */
export async function askForRefs(
  around: Parameters<typeof runProgram>[0],
  url: string,
  way: GitWay,
  patterns: readonly string[] = ['refs/*'],
): Promise<RemoteRefs> {
  const reader = createRefReader(patterns)
  const argv = ['ls-remote', '--symref', '--', url]
  const { exitCode, failure, complaint } = await runProgram(around, {
    bin: 'git',
    argv: [...gitOptions(way), ...argv],
    env: GIT_ENVIRONMENT,
    says: ['git', ...argv].join(' '),
    silenceS: way.silenceS,
    onStdout: (line) => {
      reader.read(decodeLine(line))
      return true
    },
  })
  if (failure !== null) throw new GitFailed(failure.outcome, failure.error, exitCode)
  if (exitCode === 0) return reader.end()
  const error = `git ls-remote ended with code ${exitCode}${complaint === null ? '' : `: ${complaint}`}`
  throw new GitFailed(judgeComplaint(complaint), error, exitCode)
}

// Asks a git server for its refs, without a repository of ours.

import { decodeLine } from '../../../shared/process/run.ts'
import { runProgram } from '../run-program.ts'
import type { FillJob } from '../source-kind.ts'
import { assertAddress, pinHost } from './address.ts'
import { GIT_ENVIRONMENT, gitOptions } from './argv.ts'
import { createRefReader, type RemoteRefs } from './refs.ts'

const NO_LOG = { writeLine: () => {}, finish: () => {}, follow: () => () => {} }
const ALL = ['refs/*']

/**
 * The refs that the server has of those that match `patterns`, or a sentence that says why they are not known. `ofRoot`: any
 * address may be asked.
 *
 * @throws {InvalidInput} for an address that is not allowed.
 */
export async function askForRefs(
  around: Pick<FillJob, 'settings' | 'children' | 'home' | 'signal'>,
  url: string,
  ofRoot: boolean,
  patterns: readonly string[] = ALL,
): Promise<RemoteRefs | string> {
  assertAddress(url, ofRoot)
  const silenceS = around.settings.RSYNC_IO_TIMEOUT_S
  try {
    const pinned = ofRoot ? null : await pinHost(url)
    const reader = createRefReader(patterns)
    const { exitCode, failure, complaint } = await runProgram(
      { ...around, log: NO_LOG },
      {
        bin: 'git',
        argv: [...gitOptions({ pinned, followsRedirects: ofRoot, silenceS }), 'ls-remote', '--symref', '--', url],
        env: GIT_ENVIRONMENT,
        silenceS,
        onStdout: (line) => {
          reader.read(decodeLine(line))
          return true
        },
      },
    )
    if (failure !== null) return failure.error
    if (exitCode !== 0) return complaint ?? `git ls-remote ended with code ${exitCode}`
    return reader.end()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

// Which rsync is installed, and whether it is new enough.

import type { ChildRegistry } from '../process/child-registry.ts'
import { runCommand } from '../process/run.ts'

/** The oldest rsync with all that is asked of it; --trust-sender came last. */
const OLDEST: readonly [number, number, number] = [3, 2, 5]

/**
 * The version of the installed rsync as three numbers.
 *
 * @throws {Error} when there is none or it is too old, with what to do.
 */
export async function assertRsyncVersion(options: {
  bin: string
  home: string
  children: ChildRegistry
}): Promise<readonly [number, number, number]> {
  let text = ''
  const ended = await runCommand({
    ...options,
    argv: ['--version'],
    onStdout: (line) => {
      text += `${line}\n`
    },
  })
  if (ended.startError !== null) {
    throw new Error(
      `${options.bin} cannot be started (${ended.startError}). Install rsync, or set RSYNC_BIN to where it is.`,
    )
  }
  const match = /^rsync\s+version v?(\d+)\.(\d+)\.(\d+)/.exec(text)
  if (match === null) throw new Error(`${options.bin} does not say that it is rsync; set RSYNC_BIN to where rsync is.`)
  const version = [Number(match[1]), Number(match[2]), Number(match[3])] as const
  const difference = version.map((part, index) => part - (OLDEST[index] ?? 0)).find((part) => part !== 0) ?? 0
  if (difference < 0) {
    throw new Error(`rsync ${version.join('.')} is too old; version ${OLDEST.join('.')} or newer is needed.`)
  }
  return version
}

/** What is at stake with an rsync below 3.5.0 that its distribution has not mended. */
export const EXPOSED =
  'this rsync may have known holes: below 3.4.0 a client can run code on the server (CVE-2024-12084 and others), below ' +
  '3.5.0 a malicious upstream can widen deletes. Distributions mend older versions without changing their number: look at yours.'

/** True for a version whose number alone does not tell that it is mended. */
export function isExposed([major, minor]: readonly [number, number, number]): boolean {
  return major < 3 || (major === 3 && minor < 5)
}

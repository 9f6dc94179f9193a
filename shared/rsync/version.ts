// Which rsync is installed, and whether it is new enough.

import type { ChildRegistry } from '../child-registry.ts'
import { runCommand } from './run.ts'

/** The oldest rsync with all that is asked of it. */
const OLDEST: readonly [number, number, number] = [3, 2, 4]

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

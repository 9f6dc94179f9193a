// Makes a second tree of the same files, by links.

import type { ChildRegistry } from '../process/child-registry.ts'
import { decodeLine, runCommand } from '../process/run.ts'

/** Makes `to` a copy of the folders of `from`, with links to its files. @throws {Error} when it fails. */
export type Cloner = (from: string, to: string) => Promise<void>

/** Clones by cp(1), `--archive --link`. */
export function createCloner(options: { children: ChildRegistry; home: string; signal: AbortSignal }): Cloner {
  return async (from, to) => {
    let complaint = ''
    const ended = await runCommand({
      ...options,
      bin: 'cp',
      argv: ['-a', '-l', '--', from, to],
      onStderr: (line) => {
        complaint = decodeLine(line)
      },
    })
    if (ended.exitCode !== 0) throw new Error(`The tree ${from} could not be linked: ${complaint || ended.startError}`)
  }
}

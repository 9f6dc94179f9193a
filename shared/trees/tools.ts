// What the system's own programs do with trees, until they are told to stop: remove one, link a second one, bring one to the disk.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ChildRegistry } from '../process/child-registry.ts'
import { decodeLine, runCommand } from '../process/run.ts'
import { openFolders } from './owner-access.ts'

export interface TreeTools {
  /** When it aborts, the tree may be another's: nothing may be changed in it any more. */
  signal: AbortSignal
  /** Removes a folder with all that is in it, if it is there. @throws {Error} when it fails. */
  remove: (folder: string) => Promise<void>
  /** Makes `to` a copy of the folders of `from`, with links to its files. @throws {Error} when it fails. */
  clone: (from: string, to: string) => Promise<void>
  /**
   * Resolves when everything in the folder is on disk, and whatever else waits on its file system. A record that trusts the
   * folder is written after. @throws {Error} when it fails.
   */
  syncToDisk: (folder: string) => Promise<void>
  /** Changes what is in a folder; the folder keeps its time, to the nanosecond. @throws {Error} when it cannot. */
  keepTime: (folder: string, change: () => Promise<void>) => Promise<void>
}

export interface TreeToolsDeps {
  children: ChildRegistry
  /** An empty folder that is the home of the programs. */
  home: string
  signal: AbortSignal
}

/** By rm(1), cp(1), touch(1) and sync(1) of coreutils, whose `--file-system` is syncfs(2). */
export function createTreeTools(deps: TreeToolsDeps): TreeTools {
  const run = async (bin: string, argv: readonly string[]): Promise<string | null> => {
    let complaint = ''
    const onStderr = (line: string) => {
      complaint = decodeLine(line)
    }
    const ended = await runCommand({ ...deps, bin, argv, onStderr })
    return ended.exitCode === 0 ? null : complaint || ended.startError || `${bin} ended with code ${ended.exitCode}`
  }
  return {
    signal: deps.signal,
    remove: async (folder) => {
      const remove = () => run('rm', ['-rf', '--', folder])
      if ((await remove()) === null) return
      deps.signal.throwIfAborted()
      await openFolders(Buffer.from(folder))
      const problem = await remove()
      if (problem !== null) throw new Error(`The tree ${folder} could not be removed: ${problem}`)
    },
    clone: async (from, to) => {
      const problem = await run('cp', ['-a', '-l', '--', from, to])
      if (problem !== null) throw new Error(`The tree ${from} could not be linked: ${problem}`)
    },
    syncToDisk: async (folder) => {
      // Where sync(1) cannot name a file system, all of them are synced.
      const problem = (await run('sync', ['-f', '--', folder])) && (await run('sync', []))
      if (problem !== null) throw new Error(`The tree ${folder} could not be brought to the disk: ${problem}`)
    },
    keepTime: async (folder, change) => {
      const place = await mkdtemp(path.join(tmpdir(), 'mirrorfleet-'))
      const reference = path.join(place, 'time')
      const copyTime = async (from: string, to: string) => {
        const problem = await run('touch', ['-r', from, '--', to])
        if (problem !== null) throw new Error(`The time of ${folder} could not be kept: ${problem}`)
      }
      try {
        await copyTime(folder, reference)
        await change()
        await copyTime(reference, folder)
      } finally {
        await rm(place, { recursive: true, force: true })
      }
    },
  }
}

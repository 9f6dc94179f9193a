// The folder in which a run by index gathers what has changed, beside the tree that is served.

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { createLook } from '../../../../shared/trees/look.ts'
import { type PathList, parentOf } from '../../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../../shared/trees/project-tree.ts'
import { pullRoot } from '../../../../shared/trees/pull-listed.ts'
import { isSuccess, type PullResult } from '../../../../shared/trees/source.ts'
import { createPlace } from '../../verify/place.ts'
import { createTreeFiles } from '../../verify/tree-files.ts'
import type { Attempt } from '../attempt.ts'

/** What is wanted cannot be gathered: the upstream may be in motion (`again`), or a walk is needed. */
export class CannotGather extends Error {
  readonly again: boolean
  constructor(why: string, again: boolean) {
    super(why)
    this.again = again
  }
}

export type Workbench = Awaited<ReturnType<typeof openWorkbench>>

/** What an earlier attempt has gathered stays, and is compared again as it is asked for. */
export async function openWorkbench(attempt: Pick<Attempt, 'source'>, tree: ProjectTree, served: string) {
  const folder = gatheredIn(tree)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pull = { destination: folder, deletes: 'never', keepPartials: true, workFolder: tree.workFolder } as const
  let bytes = 0
  const count = (result: PullResult): void => {
    bytes += result.summary.bytes_transferred
    if (!isSuccess(result.outcome)) throw new CannotGather(result.error ?? 'rsync failed', false)
  }
  return {
    folder,
    served,
    bytes: () => bytes,
    /** Asks for names; what the upstream does not have does not come, and what is as it is served becomes a link to that. */
    gather: async (name: string, names: PathList): Promise<void> => {
      const inner: PathList = new Map([...names].filter(([one]) => one !== '.'))
      const list = { names: inner, file: tree.namesFile }
      if (inner.size > 0) count(await attempt.source({ ...pull, name, linkDest: served, list }))
      if (names.has('.')) count(await pullRoot(attempt.source, tree.namesFile, pull))
    },
    forget: async (names: Iterable<string>): Promise<void> => {
      const look = createLook(folder)
      for (const name of names) await rm(look.fileOf(name), { recursive: true, force: true })
    },
    place: createPlace(folder, path.join(tree.workFolder, 'verify')),
    /** As the upstream has it, of what was asked for. */
    upstream: () => createTreeFiles([folder]),
    /** As the tree will be. */
    both: () => createTreeFiles([folder, served]),
    before: () => createTreeFiles([served]),
  }
}

/** Where it lies: on the tree's own file system. */
export function gatheredIn(tree: ProjectTree): string {
  return path.join(tree.workFolder, 'gathered')
}

/** Once a run has succeeded nothing in it is of use. */
export async function dropGathered(tree: ProjectTree): Promise<void> {
  await rm(gatheredIn(tree), { recursive: true, force: true })
}

/** How a name stands in the gathered folder, compared with the served one. */
export function createStanding({ folder, served }: Pick<Workbench, 'folder' | 'served'>) {
  const [now, before] = [createLook(folder), createLook(served)]
  return {
    now: (name: string) => now.stat(name),
    before: (name: string) => before.stat(name),
    isSame: (name: string): boolean => {
      const [one, other] = [now.stat(name), before.stat(name)]
      if (one === undefined || other === undefined) return one === other
      return one.ino === other.ino || (one.size === other.size && one.mtimeMs === other.mtimeMs && !one.isDirectory())
    },
    /** The folders whose times change with a name: its own, and those around it that are not there yet. */
    foldersOf: (name: string): string[] => {
      const folders = [parentOf(name)]
      for (let last = folders[0] ?? '.'; last !== '.' && before.kindOf(last) !== 'folder'; ) {
        last = parentOf(last)
        folders.push(last)
      }
      return folders
    },
  }
}

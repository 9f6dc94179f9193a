// The slave's trees by their projects' unchanging keys: what each serves, what the fleet serves, and where it lies.

import { createHash } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Generations, TreeState } from '../../shared/schemas/messages.ts'
import { openTree } from '../../shared/trees/open-tree.ts'
import { CONTROL_FOLDER } from '../../shared/trees/paths.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'
import { isCurrent } from '../../shared/trees/tree-record.ts'

/** How a tree is named at present. */
export interface TreeNames {
  id: string
  project: string
}

export type Trees = Awaited<ReturnType<typeof openTrees>>

/** Opens the trees below `publicFolder`. A record that is damaged is put aside: its tree is then synced from the start. */
export async function openTrees(
  publicFolder: string,
  onWarning: (message: string, details: Record<string, unknown>) => void,
) {
  const trees = new Map<string, ProjectTree>()
  const controlRoot = path.join(publicFolder, CONTROL_FOLDER)

  const open = (key: string, names: TreeNames) => openTree(publicFolder, key, names, onWarning)

  await mkdir(controlRoot, { recursive: true, mode: 0o755 })
  for (const entry of await readdir(controlRoot, { withFileTypes: true })) {
    if (entry.isDirectory()) trees.set(entry.name, await open(entry.name, { id: entry.name, project: entry.name }))
  }

  /** Two projects may have swapped their names while this slave was off, or a new one may have an old one's name. */
  const freeName = async (key: string, project: string): Promise<void> => {
    for (const [other, tree] of trees) if (other !== key && tree.record.project === project) await tree.park()
  }

  /** What the slave serves; looked up on disk, so that a tree that was lost is not believed in. */
  const anchors = (): Record<string, TreeState> => {
    const states = [...trees].map(([key, tree]): [string, TreeState] => {
      const anchor = tree.anchor()
      const { project, drift } = tree.record
      return [key, { project, drift, generation: anchor?.generation ?? null, tag: anchor?.tag ?? null }]
    })
    return Object.fromEntries(states)
  }

  return {
    anchors,
    find: (key: string): ProjectTree | undefined => trees.get(key),
    findByName: (name: string): ProjectTree | undefined =>
      [...trees.values()].find(({ record }) => record.id === name || record.project === name),
    /** The tree of a project under its present name; what was mirrored under an older one is kept. */
    adopt: async (key: string, names: TreeNames): Promise<ProjectTree> => {
      const present = trees.get(key)
      if (present?.record.project !== names.project) await freeName(key, names.project)
      const known = present ?? (await open(key, names))
      trees.set(key, known)
      if (known.record.project !== names.project || known.record.id !== names.id)
        await known.rename(names.project, names.id)
      return known
    },
    /** Forgets a tree; with `purge` its files go too. Only a tree that is known by this very name is removed. */
    remove: async (key: string, project: string, purge: boolean): Promise<void> => {
      const known = trees.get(key)
      if (known === undefined) return
      trees.delete(key)
      await known.remove(purge && known.record.project === project)
    },
    /** Remembers what the fleet serves. */
    expect: async (generations: Generations): Promise<void> => {
      for (const [key, expected] of Object.entries(generations)) {
        const tree = trees.get(key)
        if (tree === undefined || !isCurrent(expected, tree.record.expected)) continue
        if (isDeepStrictEqual(expected, tree.record.expected)) continue
        await tree.update((record) => ({ ...record, expected }))
      }
    },
    /** Changes whenever anything of `anchors` does. */
    digest: (): string => createHash('sha256').update(JSON.stringify(anchors())).digest('hex').slice(0, 16),
    settle: async (): Promise<void> => {
      for (const tree of trees.values()) await tree.settle()
    },
  }
}

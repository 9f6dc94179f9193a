// The trees of atomic projects on the master, each opened once.

import { opendir } from 'node:fs/promises'
import path from 'node:path'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { openTree } from '../../shared/trees/open-tree.ts'
import { assertPlainPath } from '../../shared/trees/own-folder.ts'
import { normalizeInside } from '../../shared/trees/paths.ts'
import type { ProjectTree } from '../../shared/trees/project-tree.ts'

type Placed = Pick<StoredProject, 'dest' | 'id' | 'key' | 'project'>

export type MasterTrees = ReturnType<typeof createMasterTrees>

/** Trees below `root`, an absolute path. A record that is damaged is put aside: the tree is then compared from the start. */
export function createMasterTrees(
  root: string,
  onWarning: (message: string, details: Record<string, unknown>) => void,
) {
  const trees = new Map<string, Promise<ProjectTree>>()

  /** A tree in place is moved without its record, which learns its name here: what lies there is what the project says. */
  const openNamed = async (base: string, { key, id, project }: Placed): Promise<ProjectTree> => {
    const tree = await openTree(base, key, { id, project }, onWarning)
    if (tree.record.project !== project || tree.record.id !== id)
      await tree.update((record) => ({ ...record, project, id }))
    return tree
  }

  const open = async (project: Placed): Promise<ProjectTree> => {
    await assertPlainPath(root, normalizeInside(root, project.dest))
    const known = trees.get(project.key)
    if (known !== undefined) return known
    const opening = openNamed(normalizeInside(root, project.dest), project)
    trees.set(project.key, opening)
    opening.catch(() => trees.delete(project.key))
    return opening
  }

  const folderIn = (tree: ProjectTree, project: StoredProject, tag: string): string | null => {
    if (project.publish === 'in_place') {
      // Trees of earlier versions have no record: they are taken for what the project says.
      const isAnother = tree.record.in_place !== null && tree.anchor()?.tag !== tag
      return isAnother ? null : projectFolder(root, project)
    }
    const slot = tree.slotWith(tag)
    return slot === undefined ? null : tree.folderOf(slot)
  }

  return {
    /** @throws {InvalidPath} when a symlink has come into the way to it. */
    open,
    /** To be opened anew, because it lies elsewhere or is gone. */
    forget: (key: string): void => {
      trees.delete(key)
    },
    /** The folder, below the root, of the tree that holds a generation; null when none does, or nothing is left in it. */
    folderOf: async (project: StoredProject, tag: string): Promise<string | null> => {
      const folder = folderIn(await open(project), project, tag)
      if (folder !== null && (await isLost(folder, project))) {
        // What is known of it lies on its disk, too.
        trees.delete(project.key)
        return null
      }
      return folder
    },
  }
}

/** The absolute folder of a project on the master. @throws {InvalidPath} */
export function projectFolder(root: string, project: Pick<StoredProject, 'dest' | 'project'>): string {
  return path.join(normalizeInside(root, project.dest), project.project)
}

/** True where there is nothing, though the project has files: its disk may not be mounted. */
async function isLost(folder: string, { total_files }: Pick<StoredProject, 'total_files'>): Promise<boolean> {
  // The root is counted, too.
  if ((total_files ?? 0) <= 1) return false
  try {
    for await (const _entry of await opendir(folder)) return false
    return true
  } catch {
    return true
  }
}

// Where the projects' files lie on the master: folders that no two share, moved and removed with care.

import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { atField, FolderTaken, InvalidInput, InvalidPath } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { isCode } from '../../shared/store/durable-file.ts'
import { assertReallyInside, CONTROL_FOLDER } from '../../shared/trees/paths.ts'
import { type MasterTrees, projectFolder } from '../stages/master-trees.ts'
import { FolderIndex } from './folder-index.ts'

type Placed = Pick<StoredProject, 'dest' | 'id' | 'key' | 'project' | 'publish'>

export type ProjectFiles = ReturnType<typeof createProjectFiles>

/** Keeps the folders below `root`, an absolute path. */
export function createProjectFiles(root: string, trees: MasterTrees) {
  const folders = new FolderIndex()
  const folderOf = (project: Placed) => projectFolder(root, project)
  const controlOf = (project: Placed) => path.join(path.dirname(folderOf(project)), CONTROL_FOLDER, project.key)

  /** The trees of an atomic project go along: the symlink that leads to one of them names it from its own folder. */
  const moveTrees = async (from: Placed, to: Placed): Promise<void> => {
    trees.forget(from.key)
    if (controlOf(from) === controlOf(to)) return
    await mkdir(path.dirname(controlOf(to)), { recursive: true })
    await rename(controlOf(from), controlOf(to)).catch(ignoreMissing)
  }

  const assertFree = (project: Placed): void => {
    const conflict = folders.findConflict(folderOf(project), project.key)
    if (conflict === null) return
    const message = `dest: ${folderOf(project)} would share files with ${conflict}, the folder of another project`
    throw atField(new FolderTaken(message), 'dest')
  }

  /** Checks and takes the folder in one go: no other request comes between. @throws {FolderTaken} */
  const claim = (project: Placed): void => {
    assertFree(project)
    folders.add(folderOf(project), project.key)
  }
  const release = (project: Placed): void => folders.remove(folderOf(project))
  const forget = (key: string): void => {
    const folder = folders.folderOf(key)
    if (folder !== null) folders.remove(folder)
  }

  return {
    claim,
    release,
    /** Takes the folder that another master gave a project, or moved it to. */
    follow: (project: Placed): void => {
      if (folders.folderOf(project.key) === folderOf(project)) return
      forget(project.key)
      folders.add(folderOf(project), project.key)
    },
    forget,
    /** @throws {InvalidPath} when the folder leads outside. @throws {FolderTaken} */
    check: async (project: Placed): Promise<void> => {
      await assertReallyInside(root, folderOf(project))
      assertFree(project)
    },
    /** Moves what is mirrored already; where nothing is yet, only the place is taken. @throws when it cannot be moved. */
    move: async (from: Placed, to: Placed): Promise<void> => {
      const [source, target] = [folderOf(from), folderOf(to)]
      claim(to)
      try {
        await mkdir(path.dirname(target), { recursive: true })
        await moveTrees(from, to)
        await rename(source, target).catch(ignoreMissing)
      } catch (error) {
        release(to)
        await moveTrees(to, from)
        throw moveFailed(error, source, target)
      }
      if (to.publish === 'atomic') await (await trees.open(to)).rename(to.project, to.id)
      release(from)
    },
    /** Removes the files. @throws {InvalidPath} when the folder has come to lead outside. */
    purge: async (project: Placed): Promise<void> => {
      await assertReallyInside(root, folderOf(project))
      trees.forget(project.key)
      await rm(folderOf(project), { recursive: true, force: true })
      await rm(controlOf(project), { recursive: true, force: true })
    },
    /** Turns the tree into a plain folder, or into two with one served; nothing is copied. */
    convert: async (project: StoredProject, publish: StoredProject['publish']): Promise<void> => {
      await assertReallyInside(root, folderOf(project))
      const tree = await trees.open(project)
      await tree.convert(publish)
      const { generation, tag } = project
      const live = tree.live()
      if (publish === 'atomic' && live !== null && tag !== null) await tree.hold(live, { generation, tag })
      if (publish === 'in_place') trees.forget(project.key)
    },
  }
}

function ignoreMissing(error: unknown): void {
  if (!isCode(error, 'ENOENT')) throw error
}

function moveFailed(error: unknown, source: string, target: string): unknown {
  if (isCode(error, 'EXDEV')) {
    const message = `dest: ${target} is on another file system than ${source}; move the files there by hand first`
    return atField(new InvalidPath(message), 'dest')
  }
  if (isCode(error, 'ENOTEMPTY') || isCode(error, 'EEXIST')) {
    return atField(new InvalidInput(`dest: ${target} exists and is not empty`), 'dest')
  }
  return error
}

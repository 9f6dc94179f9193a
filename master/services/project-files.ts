// Where the projects' files lie on the master: folders that no two share, moved and removed with care.

import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { atField, FolderTaken, InvalidInput, InvalidPath } from '../../shared/errors.ts'
import { assertReallyInside } from '../../shared/paths.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { isCode } from '../../shared/store/durable-file.ts'
import { projectFolder } from '../sync/upstream-stage.ts'
import { FolderIndex } from './folder-index.ts'

type Placed = Pick<StoredProject, 'dest' | 'key' | 'project'>

export type ProjectFiles = ReturnType<typeof createProjectFiles>

/** Keeps the folders below `root`, an absolute path. */
export function createProjectFiles(root: string) {
  const folders = new FolderIndex()
  const folderOf = (project: Placed) => projectFolder(root, project)

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

  return {
    claim,
    release,
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
        await rename(source, target)
      } catch (error) {
        if (!isCode(error, 'ENOENT')) {
          release(to)
          throw moveFailed(error, source, target)
        }
      }
      release(from)
    },
    /** Removes the files. @throws {InvalidPath} when the folder has come to lead outside. */
    purge: async (project: Placed): Promise<void> => {
      await assertReallyInside(root, folderOf(project))
      await rm(folderOf(project), { recursive: true, force: true })
    },
  }
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

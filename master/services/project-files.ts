// Keeps the projects' folders on the master: claims, moves, converts and removes them.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { atField, InvalidInput, InvalidPath } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { sourceOf } from '../../shared/source-of.ts'
import { isCode } from '../../shared/store/durable-file.ts'
import { assertOwnFolder } from '../../shared/trees/own-folder.ts'
import { removeAll, renameFolder } from '../../shared/trees/owner-access.ts'
import { ownerProblem } from '../../shared/trees/owners.ts'
import { CONTROL_FOLDER, realFolder } from '../../shared/trees/paths.ts'
import { makeFolder } from '../sources/folder/folder.ts'
import { folderPlace } from '../sources/folder/place.ts'
import { type MasterTrees, projectFolder } from '../stages/master-trees.ts'
import { localPlace } from '../stages/upstream/local-files.ts'
import type { Store } from '../store/store.ts'
import { folderTaken } from '../store/taken.ts'
import { FolderIndex } from './folder-index.ts'
import { assertVacant } from './vacant.ts'

type Placed = Pick<StoredProject, 'dest' | 'id' | 'key' | 'project' | 'publish' | 'source'>

export type ProjectFiles = ReturnType<typeof createProjectFiles>

export interface ProjectFilesDeps {
  trees: MasterTrees
  store: Pick<Store, 'findProjectByKey'>
}

/** `root` is the absolute path that all folders are below. */
export function createProjectFiles(root: string, { trees, store }: ProjectFilesDeps) {
  const folders = new FolderIndex()
  const folderOf = (project: Placed) => projectFolder(root, project)
  const controlOf = (project: Placed) => path.join(path.dirname(folderOf(project)), CONTROL_FOLDER, project.key)

  /** Moves the trees of an atomic project along with its folder: the symlink between them is relative. */
  const moveTrees = async (from: Placed, to: Placed): Promise<void> => {
    trees.forget(from.key)
    if (controlOf(from) === controlOf(to)) return
    await mkdir(path.dirname(controlOf(to)), { recursive: true })
    await renameFolder(controlOf(from), controlOf(to)).catch(ignoreMissing)
  }

  /** What people fill, and what the operator adds. Nobody else has folders of that name: ids are unique. */
  const ownPlaces = ({ id }: Placed) => [folderPlace(root, id), localPlace(root, id)]

  /** What a removed project left there is not taken over by a rename. */
  const moveOwn = async (from: Placed, to: Placed): Promise<void> => {
    for (const [index, source] of ownPlaces(from).entries()) {
      const target = ownPlaces(to)[index] ?? source
      if (source === target || !existsSync(source)) continue
      await renameFolder(source, target).catch((error: unknown) => {
        if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST')) throw error
        throw atField(new InvalidInput(`project: ${target} exists and is not empty; move it away first`), 'project')
      })
    }
  }

  /** As far as they were moved. */
  const moveOwnBack = async (from: Placed, to: Placed): Promise<void> => {
    for (const [index, source] of ownPlaces(from).entries()) {
      const target = ownPlaces(to)[index] ?? source
      if (!existsSync(source) && existsSync(target)) await renameFolder(target, source)
    }
  }

  const assertFree = (project: Placed): void => {
    const conflict = folders.findConflict(folderOf(project), project.key)
    if (conflict === null) return
    throw folderTaken(folderOf(project), conflict)
  }

  /** A symlink may lead to the project's own trees, or to one that a removed project left. */
  const assertOwn = (project: Placed): Promise<void> =>
    assertOwnFolder(
      root,
      folderOf(project),
      async (key) => key === project.key || (await store.findProjectByKey(key)) === null,
    )

  const assertChangeable = async (project: Placed, whole: boolean): Promise<void> => {
    const control = project.publish === 'atomic' ? await ownerProblem(controlOf(project), whole) : null
    const problem = control ?? (await ownerProblem(folderOf(project), whole))
    if (problem !== null) throw atField(new InvalidPath(`dest: ${problem}`), 'dest')
  }

  /** Checks and claims the folder in one step, so that no other request comes between. @throws {FolderTaken} */
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
    /** Claims the folder that another master gave a project, or moved it to. */
    follow: (project: Placed): void => {
      if (folders.folderOf(project.key) === folderOf(project)) return
      forget(project.key)
      folders.add(folderOf(project), project.key)
    },
    forget,
    /** Makes the folder that people fill, for a project that has one. */
    makeFolder: async (project: Placed): Promise<void> => {
      if (sourceOf(project).kind === 'folder') await makeFolder(folderPlace(root, project.id))
    },
    /** @throws {InvalidPath} when the folder is no longer the project's own, or its files are another user's. */
    assertPurgeable: async (project: Placed): Promise<void> => {
      await assertOwn(project)
      await assertChangeable(project, true)
    },
    /** The same. @throws {FolderTaken} when it is another project's, too. */
    check: async (project: Placed): Promise<void> => {
      await assertOwn(project)
      assertFree(project)
    },
    /**
     * What users who are not root may take: nothing that was there before. `before` is the project as it is, for a change.
     *
     * @throws {FolderTaken}
     */
    assertVacant: async (project: Placed, before?: Placed): Promise<void> => {
      if (before === undefined || folderOf(before) !== folderOf(project)) await assertVacant(folderOf(project), 'dest')
      const [place, known] = [folderPlace(root, project.id), before && folderPlace(root, before.id)]
      const isFilled = (one: Placed | undefined) => one !== undefined && sourceOf(one).kind === 'folder'
      if (isFilled(project) && (place !== known || !isFilled(before))) await assertVacant(place, 'project')
    },
    /** @throws {InvalidPath} when this service cannot change what is there; says whose it is. `whole`: its content, too. */
    assertChangeable,
    /** Undoes a move that a kill interrupted, as far as it came. */
    moveBack: async (from: Placed, to: Placed): Promise<void> => {
      await moveTrees(from, to)
      if (existsSync(folderOf(from)) && !existsSync(folderOf(to))) await renameFolder(folderOf(from), folderOf(to))
      await moveOwnBack(to, from)
    },
    /** Moves the files; before the first sync, only the folder is claimed. @throws when the files cannot be moved. */
    move: async (from: Placed, to: Placed): Promise<void> => {
      const [source, target] = [folderOf(from), folderOf(to)]
      // What earlier versions reached through a symlink gets the name without it, and stays where it is.
      const isThere = (await realFolder(source)) === (await realFolder(target))
      if (!isThere) {
        await assertOwn(from)
        for (const place of [from, to]) await assertChangeable(place, false)
      }
      claim(to)
      try {
        await moveOwn(from, to)
        if (isThere) {
          trees.forget(from.key)
          return release(from)
        }
        await mkdir(path.dirname(target), { recursive: true })
        await moveTrees(from, to)
        await renameFolder(source, target).catch(ignoreMissing)
      } catch (error) {
        release(to)
        await moveTrees(to, from)
        await moveOwnBack(from, to)
        throw moveFailed(error, source, target)
      }
      if (to.publish === 'atomic') await (await trees.open(to)).rename(to.project, to.id)
      release(from)
    },
    /** Leaves the files, as a plain folder, and forgets what was remembered of it. What is not the project's own is left alone. */
    leave: async (project: Placed): Promise<void> => {
      const isOwn = await assertOwn(project).then(
        () => true,
        () => false,
      )
      if (isOwn) await (await trees.open(project)).remove(false)
      trees.forget(project.key)
    },
    /** Removes the files. @throws {InvalidPath} when the folder is no longer what its name says. */
    purge: async (project: Placed): Promise<void> => {
      await assertOwn(project)
      trees.forget(project.key)
      await removeAll(folderOf(project))
      await removeAll(controlOf(project))
      for (const place of ownPlaces(project)) await removeAll(place)
    },
    /** Turns the tree into a plain folder, or into two trees of which one is served. Copies nothing. */
    convert: async (project: StoredProject, publish: StoredProject['publish']): Promise<void> => {
      await assertOwn(project)
      await assertChangeable({ ...project, publish: 'atomic' }, true)
      const tree = await trees.open(project)
      // Trees of earlier versions have no record: they are taken for what the project says.
      const isUnknown = tree.record.mode === 'in_place' && tree.record.in_place === null
      await tree.convert(publish)
      const { generation, tag } = project
      const live = tree.live()
      if (publish === 'atomic' && isUnknown && live !== null && tag !== null) await tree.hold(live, { generation, tag })
      if (publish === 'in_place') trees.forget(project.key)
    },
  }
}

function ignoreMissing(error: unknown): void {
  if (!isCode(error, 'ENOENT')) throw error
}

function moveFailed(error: unknown, source: string, target: string): unknown {
  if (isCode(error, 'EXDEV')) {
    const message = `dest: ${target} is on a different file system from ${source}; move the files there by hand first`
    return atField(new InvalidPath(message), 'dest')
  }
  if (isCode(error, 'EACCES') || isCode(error, 'EPERM')) {
    const message = `dest: ${source} cannot be moved to ${target}; look at who owns both (${Object(error).message})`
    return atField(new InvalidPath(message), 'dest')
  }
  if (isCode(error, 'ENOTEMPTY') || isCode(error, 'EEXIST')) {
    return atField(new InvalidInput(`dest: ${target} exists and is not empty`), 'dest')
  }
  if (isCode(error, 'EISDIR') || isCode(error, 'ENOTDIR')) {
    return atField(new InvalidInput(`dest: something else is at ${target}; remove it first`), 'dest')
  }
  if (isCode(error, 'EINVAL')) {
    return atField(new InvalidInput(`dest: ${target} lies inside ${source}, which cannot be moved into itself`), 'dest')
  }
  return error
}

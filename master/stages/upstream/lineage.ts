// Whether a tree is what the lists of changes go on from. After a restore of one without the other it is not.

import { randomBytes } from 'node:crypto'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { isCode } from '../../../shared/store/durable-file.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { identifyFolder } from '../../../shared/trees/tree-record.ts'
import type { Attempt, UpstreamDeps } from './attempt.ts'
import { hasOtherLocalFiles, type LocalFiles } from './local-files.ts'

type Lists = Pick<UpstreamDeps, 'changes'>

/** True when the tree is the project's generation, with nothing changed since but what the open list tells. */
export async function isAsRecorded({ changes }: Lists, project: StoredProject, tree: ProjectTree): Promise<boolean> {
  const { mark = null, mode } = tree.record
  if (project.tag === null || mark !== (await changes.readMark(project.key))) return false
  return mode === 'atomic' ? tree.slotWith(project.tag) !== undefined : tree.anchor()?.tag === project.tag
}

/**
 * Before a tree is changed in place: from here on only these lists tell of it, and they only of this tree. `isEmpty`: there is
 * nothing in its folder.
 */
export async function markTree(
  { changes }: Lists,
  { project, log }: Attempt,
  tree: ProjectTree,
  { isEmpty }: { isEmpty: boolean },
): Promise<void> {
  const mark = randomBytes(8).toString('hex')
  await changes.writeMark(project.key, mark)
  const began = isEmpty && project.generation === 0 && tree.record.mark === undefined ? { began_empty: true } : {}
  await remember(log, () => tree.update((record) => ({ ...record, ...began, mark })))
}

/** True unless the folder was empty when the first sync began, and that has not succeeded yet. */
export function isServedInPlace({ generation }: StoredProject, { record }: ProjectTree): boolean {
  return generation > 0 || record.began_empty !== true
}

/** After it: the folder is the attempt's target. */
export async function recordTree({ target, log }: Attempt, tree: ProjectTree): Promise<void> {
  if (identifyFolder(tree.served) !== null) await remember(log, () => tree.holdInPlace(target))
}

/** After a success: the operator's own files that are in the tree. */
export async function recordLocalFiles(
  { log }: Pick<Attempt, 'log'>,
  tree: ProjectTree,
  local: LocalFiles | null,
): Promise<void> {
  if (!hasOtherLocalFiles(tree, local)) return
  await remember(log, () =>
    tree.update(({ local: _before, ...others }) => (local === null ? others : { ...others, local: local.digest })),
  )
}

/** A folder beside which nothing can be written can still be mirrored. What is not remembered is compared. */
async function remember(log: Attempt['log'], write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].some((code) => isCode(error, code))) throw error
    log.writeLine(`[every slave compares everything, since nothing can be written beside the folder: ${error}]`)
  }
}

// One attempt of the upstream stage: from the project's upstream into its tree, while there is room on the disk.

import { mkdir, readdir } from 'node:fs/promises'
import { isCode } from '../../../shared/store/durable-file.ts'
import { type NeedRoom, whileThereIsRoom } from '../../../shared/trees/free-space.ts'
import { assertOwnFolder } from '../../../shared/trees/own-folder.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { createTreeTools, type TreeTools } from '../../../shared/trees/tools.ts'
import { unwrapTree } from '../../../shared/trees/tree-links.ts'
import { verifyOf } from '../../records/verify-mode.ts'
import { hasSeveral } from '../../records/ways.ts'
import { filledSourceOf } from '../../sources/sources.ts'
import type { ChangeRecorder } from '../change-lists.ts'
import { projectFolder } from '../master-trees.ts'
import { runAtomic } from './atomic.ts'
import {
  type Attempt,
  type AttemptRequest,
  blocked,
  diskFull,
  failedWith,
  notRead,
  type UpstreamDeps,
  type UpstreamResult,
} from './attempt.ts'
import { whyBehind } from './behind.ts'
import { runInPlace } from './in-place.ts'
import { runInPlaceVerified } from './in-place-verified.ts'
import { beganMeanwhile, whyInProgress } from './in-progress.ts'
import { isAsRecorded, isServedInPlace, markTree, recordLocalFiles, recordTree } from './lineage.ts'
import { type OwnFacts, writeOwnTrace } from './own-trace.ts'
import { openUpstreamSource } from './source.ts'

type RoomedRequest = AttemptRequest & { needRoom: NeedRoom }

/** Makes one attempt. @throws {InvalidPath} when a symlink has come into the folder's path since it was added. */
export async function makeAttempt(deps: UpstreamDeps, request: AttemptRequest): Promise<UpstreamResult> {
  const { DEST_ROOT, DISK_FLOOR_MB } = deps.settings
  const folder = projectFolder(DEST_ROOT, request.project)
  const isOurs = async (key: string) => key === request.project.key || !(await deps.isProject(key))
  // A dry run fills nothing.
  const floor = request.request.dryRun ? 0 : DISK_FLOOR_MB
  const { result, shortage } = await whileThereIsRoom(
    deps.disks,
    folder,
    floor,
    request.signal,
    async (signal, needRoom) => {
      // On a mount that hangs, this is the look that can be stopped.
      await needRoom()
      await assertOwnFolder(DEST_ROOT, folder, isOurs)
      return fillUnlessLost(deps, { ...request, signal, needRoom }, folder)
    },
  )
  // What was filled before the room ran out is whole.
  if (result === null || (shortage !== null && result.code !== null)) return diskFull(result, shortage ?? '')
  return /No space left on device|Disk quota exceeded/.test(result.error ?? '')
    ? diskFull(result, result.error ?? '')
    : result
}

async function fillUnlessLost(deps: UpstreamDeps, request: RoomedRequest, folder: string): Promise<UpstreamResult> {
  const lost = await findLoss(deps, request, folder)
  if (lost !== null) {
    // What is known of it lies on its disk, too.
    deps.trees.forget(request.project.key)
    return { ...blocked(null, { code: 'TREE_MISSING', message: lost }), exitCode: null }
  }
  const behind = hasSeveral(request.project) ? await whyBehind(deps, request) : null
  if (behind !== null) return failedWith(behind)
  const updating = request.request.dryRun ? null : await whyInProgress(deps, request)
  if (updating !== null) return { ...failedWith(updating), isUpdating: true }
  return refuseEmpty(request, keepTotals(request, await fillAndRecord(deps, request)))
}

/**
 * Why nothing is fetched: the tree that this master has made is not there, and would be filled on the disk below the one that
 * holds it. Null when it is there, was small, or is to be fetched again.
 */
async function findLoss(
  { changes, trees }: UpstreamDeps,
  { project, request }: AttemptRequest,
  folder: string,
): Promise<string | null> {
  const { generation, tag, total_files: had } = project
  // The root, and more than one file.
  if (request.force || request.dryRun || tag === null || (had ?? 0) <= 2) return null
  const isThere = project.publish === 'atomic' ? isHeld(await trees.open(project)) : await hasEntries(folder)
  if (isThere || !(await changes.hasMade(project.key, { generation, tag }))) return null
  return `${folder} is empty or missing, and had ${had} files. Is its disk mounted? If they are to be fetched again, sync once with force.`
}

/** A kill may have kept the project from learning that its tree was converted; the tree is a plain folder then. */
function isHeld(tree: ProjectTree): boolean {
  return tree.live() !== null || tree.anchor() !== null
}

async function hasEntries(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

/** The first sync of nothing is not a success: the module is wrong, or its disk is not mounted. */
function refuseEmpty({ project, request }: AttemptRequest, result: UpstreamResult): UpstreamResult {
  const isEmpty = result.code === null && (result.summary?.total_files ?? 0) <= 1
  const source = filledSourceOf(project)
  if (!isEmpty || project.generation > 0 || request.dryRun || source?.mayBeEmpty) return result
  const where = source === null ? 'rsync_module' : 'source'
  const message = `The upstream is empty. Look at ${where}; when there is something in it, the next run mirrors it.`
  return blocked(result.summary, { code: 'UPSTREAM_EMPTY', message })
}

/** Where a part was not seen, the tree has what it had: the guard counts by that. */
function keepTotals({ project }: AttemptRequest, result: UpstreamResult): UpstreamResult {
  const { summary, tolerated } = result
  if (!tolerated || summary === null) return result
  const total_files = Math.max(summary.total_files, project.total_files ?? 0)
  const total_size = Math.max(summary.total_size, project.total_size ?? 0)
  return { ...result, summary: { ...summary, total_files, total_size } }
}

/** Everything that is changed is written down as it happens. */
async function fillAndRecord(deps: UpstreamDeps, request: RoomedRequest): Promise<UpstreamResult> {
  const { project } = request
  const { children, home } = deps
  const began = deps.now()
  const opened = await openUpstreamSource(deps, request)
  if ('ended' in opened) return notRead(opened.ended)
  const { source, local } = opened
  const tools = createTreeTools({ children, home, signal: request.signal })
  if (request.request.dryRun) return (await fill(deps, { ...request, source, tools }, null)).result
  const tree = await deps.trees.open(project)
  const recorder = await deps.changes.begin(project.key, project.generation, await isAsRecorded(deps, project, tree))
  let isSure = false
  try {
    const { result, isRecorded } = await fill(deps, { ...request, source, tools }, recorder)
    isSure = isRecorded
    if (result.code !== null) return result
    await recordLocalFiles(request, tree, local)
    await leaveTrace(deps, request, { tree, began, bytes: result.summary?.bytes_transferred ?? 0 }, tools)
    return result
  } finally {
    await recorder.end(isSure)
  }
}

/** Into the tree that is to be served, before it is. */
async function leaveTrace(
  deps: UpstreamDeps,
  request: AttemptRequest,
  { tree, ...facts }: OwnFacts & { tree: ProjectTree },
  tools: TreeTools,
): Promise<void> {
  const { publish } = request.project
  const slot = publish === 'atomic' ? tree.slotWith(request.target.tag) : null
  if (slot === undefined) return
  await writeOwnTrace(deps, request, { ...facts, folder: slot === null ? tree.served : tree.folderOf(slot) }, tools)
}

/** `isRecorded`: everything that changed is in the recorder. */
async function fill(
  deps: UpstreamDeps,
  attempt: Attempt,
  recorder: ChangeRecorder | null,
): Promise<{ result: UpstreamResult; isRecorded: boolean }> {
  const { project, request } = attempt
  const tree = await deps.trees.open(project)
  if (project.publish === 'atomic') {
    const { result, changes } = await runAtomic(deps, attempt, tree, recorder?.add)
    if (changes !== null) recorder?.addList(changes)
    return { result, isRecorded: changes !== null }
  }
  const destination = projectFolder(deps.settings.DEST_ROOT, project)
  const { namesFile } = tree
  if (request.dryRun || recorder === null) {
    const { result } = await runInPlace(deps.settings, attempt, { destination, namesFile, isServed: true })
    return { result, isRecorded: false }
  }
  await tree.convert('in_place')
  await unwrapTree(destination)
  await mkdir(destination, { recursive: true })
  await markTree(deps, attempt, tree, { isEmpty: !(await hasEntries(destination)) })
  const place = { destination, namesFile, onChange: recorder.add, isServed: isServedInPlace(project, tree) }
  const { result, allTold } =
    verifyOf(project) === 'off'
      ? await runInPlace(deps.settings, attempt, place)
      : await runInPlaceVerified(deps, attempt, { ...place, tree })
  if (result.code !== null) return { result, isRecorded: allTold }
  const updating = await beganMeanwhile(deps, attempt, result)
  if (updating !== null) return { result: updating, isRecorded: allTold }
  if (hasChanged(result)) await attempt.tools.syncToDisk(destination)
  await recordTree(attempt, tree)
  return { result, isRecorded: allTold }
}

function hasChanged({ summary }: UpstreamResult): boolean {
  return summary !== null && summary.added + summary.modified + summary.deleted > 0
}

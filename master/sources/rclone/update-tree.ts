// Makes the private tree of a source equal to what its remote was seen to have: a plan, the guard, what is fetched, and what goes, in this order.

import type { RcloneParts } from '../../../shared/rclone-parts.ts'
import { type Filled, type FillJob, filled, refused } from '../source-kind.ts'
import type { RcloneLimits } from './argv.ts'
import type { RcloneSurroundings } from './call-rclone.ts'
import { dropHalfFetched, fetchFiles } from './fetch-files.ts'
import type { FileFacts } from './listing.ts'
import type { RemoteSeen } from './look-at-remote.ts'
import { judgePlan, planSync, withoutDeletes } from './plan.ts'
import { RcloneFailed } from './rclone-failed.ts'
import { addSums, openWorkTree, removeFiles, removeFolders, takeBack, type WorkTree } from './work-tree.ts'

/** Nobody reads more of them. */
const MOST_ODD = 100

interface Update {
  surroundings: RcloneSurroundings
  limits: RcloneLimits
  tree: string
}

/** `all` is what the remote was seen to have. @throws {RcloneFailed} when something is not there that is not tolerated, or was stopped. */
export async function updateTree(job: FillJob, given: Update, all: RemoteSeen): Promise<Filled> {
  const seen = withoutLeftOut(job, all)
  return update(job, given, seen, judgeSeen(given.surroundings.source, job, seen))
}

/** What the project leaves out is neither fetched nor missed. */
function withoutLeftOut({ isLeftOut }: FillJob, seen: RemoteSeen): RemoteSeen {
  const isWanted = (name: string, size: number | null) => !isLeftOut(Buffer.from(name).toString('latin1'), size)
  return {
    ...seen,
    files: new Map([...seen.files].filter(([name, { size }]) => isWanted(name, size))),
    unreadable: seen.unreadable.filter((name) => isWanted(name, null)),
  }
}

/** What of the remote could not be seen and is tolerated, in words; null for nothing. @throws {RcloneFailed} when it is not tolerated. */
function judgeSeen(
  { tolerate_unreadable: tolerates = false }: RcloneParts,
  { log }: FillJob,
  { files, odd, unreadable, failed }: RemoteSeen,
): string | null {
  for (const [name, reason] of [...odd].slice(0, MOST_ODD))
    log.writeLine(`[left out, since ${reason}: ${JSON.stringify(name)}]`)
  if (odd.size > MOST_ODD) log.writeLine(`[${odd.size} names are left out in all]`)
  if (failed !== null) {
    if (!tolerates || files.size === 0) throw failed
    return failed.message
  }
  const [first] = unreadable
  if (first === undefined) return null
  const what = `${unreadable.length} of the files that the remote shows cannot be read, such as ${JSON.stringify(first)}`
  if (tolerates) return `${what}; they are kept as they were.`
  const advice =
    'nothing was fetched or deleted. To mirror the others all the same, set source.tolerate_unreadable, or leave them out by filters.'
  throw new RcloneFailed('once', `${what}; ${advice}`, null)
}

async function update(
  job: FillJob,
  { surroundings, limits, tree }: Update,
  seen: RemoteSeen,
  noted: string | null,
): Promise<Filled> {
  const { log, mode, guardPercent, force, signal } = job
  const isWhole = seen.failed === null
  const found = await openWorkTree(tree)
  const { ours, leftOut } = splitFound(job, found)
  const theirs = new Map(seen.files)
  await dropHalfFetched(job, tree, ours, theirs)
  // What cannot be read is as it was.
  if (job.served !== null) await takeBack(job.served, { tree, files: ours }, seen.unreadable)
  for (const name of seen.unreadable) keep(ours, theirs, name)
  if (mode === 'full') await addSums(tree, ours, theirs, signal)
  const planned = planSync(ours, theirs, mode === 'full')
  const refusal = judgePlan(
    { had: ours.size, found: theirs.size, lost: isWhole ? planned.lost : 0 },
    guardPercent,
    force,
  )
  if (refusal !== null) return refused(tree, refusal)
  const plan = isWhole ? planned : withoutDeletes(planned, ours)
  log.writeLine(`[${theirs.size} files there, ${plan.fetch.length} to fetch, ${plan.gone.length} gone]`)
  // Nobody is served them.
  await removeFiles(tree, leftOut)
  await removeFiles(tree, plan.inTheWay)
  await removeFolders(tree, found.folders, theirs)
  const fetched = await fetchFiles(job, surroundings, limits, { plan, theirs, tree })
  if (fetched.failed !== null && !surroundings.source.tolerate_unreadable) throw fetched.failed
  const error = fetched.failed?.message ?? noted
  const isPartial = !isWhole || fetched.failed !== null
  if (!isPartial) {
    const removed = new Set(plan.inTheWay)
    const gone = plan.gone.filter((name) => !removed.has(name))
    await removeFiles(tree, gone)
    await removeFolders(tree, found.folders, theirs)
  }
  const done = filled(tree, fetched.bytes)
  return error === null ? done : { ...done, outcome: 'noted', error, tolerated: isPartial }
}

/** What was fetched before the project left it out does not count as gone. */
function splitFound({ isLeftOut }: FillJob, { files }: WorkTree) {
  const ours: WorkTree['files'] = new Map()
  const leftOut: string[] = []
  for (const [name, facts] of files) {
    if (isLeftOut(Buffer.from(name).toString('latin1'), facts.size)) leftOut.push(name)
    else ours.set(name, facts)
  }
  return { ours, leftOut }
}

/** Takes a file for the same as it is here; one that is not here is not there either. */
function keep(ours: WorkTree['files'], theirs: Map<string, FileFacts>, name: string): void {
  const facts = ours.get(name)
  if (facts !== undefined) theirs.set(name, facts)
}

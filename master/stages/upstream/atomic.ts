// Fills the tree that is not served from the upstream, at the cost of what changed; the served one stays as it is.

import { mkdir } from 'node:fs/promises'
import { decidesByDestination } from '../../../shared/rsync/options.ts'
import { KEPT_BY_DEFAULT } from '../../../shared/schemas/project-parts.ts'
import { learnChanges, withoutLosses } from '../../../shared/trees/compare.ts'
import { countChanges } from '../../../shared/trees/differences.ts'
import { type FilledTree, type Filling, fillIdleTree, finishIdleTree } from '../../../shared/trees/fill-idle.ts'
import { sizeReplaced } from '../../../shared/trees/look.ts'
import { planPasses } from '../../../shared/trees/passes.ts'
import type { PathList } from '../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { pullListedAndRoot } from '../../../shared/trees/pull-listed.ts'
import { pullPasses } from '../../../shared/trees/pull-passes.ts'
import { isListAtFault, isSuccess, type PullResult, type TreePull } from '../../../shared/trees/source.ts'
import type { Judged, Slot } from '../../../shared/trees/tree-record.ts'
import { makeWorkFolder } from '../../../shared/trees/work-folder.ts'
import { stagesOf } from '../../layouts/layouts.ts'
import { settleFolders, type VerifiedTree, verifyGeneration } from '../verify/verify-generation.ts'
import { type Attempt, blocked, failed, held, succeeded, type UpstreamDeps, type UpstreamResult } from './attempt.ts'
import { lookByIndex, showLook, walkRecord } from './by-index/look.ts'
import type { Staged } from './by-index/stage.ts'
import { createStagedSource } from './by-index/staged-source.ts'
import { dropGathered } from './by-index/workbench.ts'
import { judgeChanges, keepsPartials } from './guard.ts'
import { runInPlace } from './in-place.ts'
import { beganMeanwhile } from './in-progress.ts'
import { differencesAfter, parentsOf, verifyFilled } from './verify-filled.ts'

/**
 * rsync compares each name that an upstream sends with each that was asked for; with more than this many a second walk
 * over the tree is faster.
 */
const MOST_LISTED = 2_000
/** Names that vanish between the look and the pull are looked for once more; after that they wait for the next run. */
const MOST_LOOKS = 2

/** How the tree was filled. `changes` are the names that changed since the generation before; null when not known. */
export interface AtomicResult {
  result: UpstreamResult
  changes: PathList | null
}

/**
 * Looks first, with a dry run against the served tree: what has changed, and whether the delete guard lets it through.
 * Then pulls only that into the idle tree. `onChange` is told of what is fetched while nothing is served.
 */
export async function runAtomic(
  deps: UpstreamDeps,
  attempt: Attempt,
  tree: ProjectTree,
  onChange: NonNullable<TreePull['onChange']> = () => {},
): Promise<AtomicResult> {
  if (!attempt.request.dryRun) await tree.convert('atomic')
  const live = tree.live()
  return live === null ? fillFirst(deps, attempt, tree, onChange) : fillNext(deps, attempt, { tree, live })
}

/** Nothing is served yet, so there is nothing to spare: the tree is filled as a plain one is. */
async function fillFirst(
  deps: UpstreamDeps,
  attempt: Attempt,
  tree: ProjectTree,
  onChange: NonNullable<TreePull['onChange']>,
): Promise<AtomicResult> {
  const destination = tree.folderOf('a')
  const { dryRun } = attempt.request
  if (!dryRun) {
    await makeWorkFolder(tree.workFolder)
    await mkdir(destination, { recursive: true })
    await tree.hold('a', null, { difference: 'unknown' })
  }
  const { workFolder, namesFile } = tree
  const place = { destination, workFolder, namesFile, onChange, isServed: false }
  const { result } = await runInPlace(deps.settings, attempt, place)
  if (result.code !== null || dryRun) return { result, changes: null }
  const verified = await verifyGeneration(deps, attempt, { tree, folders: [destination], before: null, changes: null })
  if (verified?.isHeld) return { result: held(result.summary, verified.verify), changes: null }
  const updating = await beganMeanwhile(deps, attempt, { summary: result.summary, verify: verified?.verify })
  if (updating !== null) return { result: updating, changes: null }
  if (verified !== null) await settleFolders(attempt, tree, destination, parentsOf(verified.touched))
  await attempt.tools.syncToDisk(destination)
  await tree.hold('a', attempt.target, { ...judgedOf(attempt, verified), ...walkRecord(deps, tree, null) })
  // There is no list: every slave gets the first generation whole.
  return { result: withVerify(result, verified), changes: null }
}

interface Served {
  tree: ProjectTree
  live: Slot
}

async function fillNext(deps: UpstreamDeps, attempt: Attempt, served: Served): Promise<AtomicResult> {
  const { request, source, log } = attempt
  const { tree, live } = served
  let traffic = 0
  const asked = { tree, served: tree.folderOf(live), tag: tree.held(live)?.tag ?? null }
  const byIndex = await lookByIndex(deps, attempt, asked)
  for (let look = 1; ; look++) {
    // What does not come as the indices say is looked for by a walk.
    const staged = look === 1 ? byIndex.staged : null
    const { result: looked, changes: told } = staged ?? (await learnChanges(source, tree.folderOf(live)))
    const way: Way = { staged, shown: showLook(attempt, { ...byIndex, staged }, told) }
    traffic += looked.summary.bytes_transferred
    const seen = { ...looked, summary: { ...looked.summary, bytes_transferred: traffic } }
    if (told === null) return unchanged(failed(seen))
    const changes = looked.tolerated ? withoutLosses(told, tree.folderOf(live)) : told
    if (request.dryRun) return unchanged(succeeded(seen))
    const refusal = judgeChanges(deps, attempt, { changes, looked, isServed: true })
    if (refusal !== null) return unchanged(blocked(seen.summary, refusal))
    if (changes.size === 0) return keepServed(deps, attempt, served, succeeded(seen), way)
    const filled = await fill(deps, attempt, served, { changes, staged, incoming: looked.incoming })
    traffic += filled.result.summary.bytes_transferred
    if (filled.missing > 0)
      log.writeLine(`[${filled.missing} names that had changed upstream did not come; they stay as they were]`)
    if (look < MOST_LOOKS && asksForWalk(filled, staged)) continue
    const all = { ...looked, summary: { ...looked.summary, bytes_transferred: traffic } }
    return finish(deps, attempt, served, filled, { looked: all, ...way })
  }
}

/** What was looked at does not come: it has changed since, or the indices name what a list cannot bring. */
function asksForWalk({ result, missing }: FilledTree, staged: Staged | null): boolean {
  if (staged !== null && isListAtFault(result)) return true
  return missing > 0 && isSuccess(result.outcome) && !result.tolerated
}

/** How the upstream was looked through; `staged` is null where it was walked. */
interface Way {
  staged: Staged | null
  shown: Pick<UpstreamResult, 'scanned' | 'missed'>
}

/** Nothing has changed: what is served is looked at where nothing is known of it, and when all sums are asked for. */
async function keepServed(
  deps: UpstreamDeps,
  attempt: Attempt,
  { tree, live }: Served,
  result: UpstreamResult,
  { staged, shown }: Way,
): Promise<AtomicResult> {
  const folder = tree.folderOf(live)
  const before = { folder, tag: tree.held(live)?.tag ?? null }
  const verified = await verifyGeneration(deps, attempt, {
    tree,
    folders: [folder],
    before,
    changes: new Map(),
    isServed: true,
  })
  await tree.holdAlso(live, attempt.target, { ...judgedOf(attempt, verified), ...walkRecord(deps, tree, staged) })
  await dropGathered(tree)
  return unchanged({ ...withVerify(result, verified), ...shown })
}

function withVerify(result: UpstreamResult, verified: VerifiedTree | null): UpstreamResult {
  return verified === null ? result : { ...result, verify: verified.verify }
}

/** What the record says of the generation: what was found whole is spared the next time. */
function judgedOf({ target }: Attempt, verified: VerifiedTree | null): { judged: Judged | null } {
  return { judged: verified === null ? null : { ...verified.judged, tag: target.tag } }
}

/** Nothing that could be published has changed. */
function unchanged(result: UpstreamResult): AtomicResult {
  return { result, changes: new Map() }
}

function fill(
  deps: UpstreamDeps,
  attempt: Attempt,
  { tree, live }: Served,
  { changes, staged, incoming }: { changes: PathList; staged: Staged | null; incoming: number | null },
): Promise<FilledTree> {
  const { source, project, number, tools, log } = attempt
  const content = 'as_listed' as const
  const keep = project.keep_generations ?? KEPT_BY_DEFAULT
  if (staged !== null) {
    const from = createStagedSource(deps, attempt, staged)
    const pull: Filling['pull'] = (one) => from({ ...one, keepPartials: false })
    return fillIdleTree({ tree, live, changes, content, pull, tools, keep, mostListed: Number.POSITIVE_INFINITY })
  }
  const keepPartials = keepsPartials(project, number)
  const isPlain = !decidesByDestination(project.rsync_options)
  return fillIdleTree({
    tree,
    live,
    changes,
    content,
    pull: async ({ list, ...pull }) => {
      await attempt.needRoom(incoming ?? 0, () => sizeReplaced(changes.keys(), pull.destination))
      const around = { ...pull, keepPartials }
      return list === undefined
        ? pullPasses(source, planPasses(stagesOf(project), 'never'), around)
        : pullListedAndRoot(source, { stages: stagesOf(project), list }, around)
    },
    tools,
    keep,
    mostListed: isPlain ? MOST_LISTED : Number.POSITIVE_INFINITY,
    onListFailed: () => log.writeLine('[the list could not be pulled; looking at everything instead]'),
  })
}

/** What really changed is counted in the trees. */
async function finish(
  deps: UpstreamDeps,
  attempt: Attempt,
  served: Served,
  pulled: FilledTree,
  { looked, staged, shown }: Way & { looked: PullResult },
): Promise<AtomicResult> {
  const { project, target, tools } = attempt
  const { tree, live } = served
  const { result, earlier } = pulled
  const before = { ...looked.summary, errors: Math.max(looked.summary.errors, result.summary.errors) }
  if (!isSuccess(result.outcome)) return unchanged(failed({ ...result, summary: before }))
  const verified = await verifyFilled(deps, attempt, served, pulled)
  const summary = { ...before, bytes_transferred: before.bytes_transferred + (verified?.fetched ?? 0) }
  if (verified?.isHeld) return unchanged(held(summary, verified.verify))
  const updating = await beganMeanwhile(deps, attempt, { summary, verify: verified?.verify })
  if (updating !== null) return unchanged(updating)
  const filled = { ...pulled, differences: await differencesAfter(pulled, verified) }
  const { differences } = filled
  // Else a generation that nobody serves lies between: the next one differs from it in what it changed, too.
  const isNext = project.tag !== null && tree.slotWith(project.tag) === live
  await finishIdleTree(tree, filled, target, tools, {
    ...judgedOf(attempt, verified),
    ...walkRecord(deps, tree, staged),
  })
  await dropGathered(tree)
  const counts = differences === null ? {} : await countChanges(filled, differences)
  const changes = differences === null || isNext ? differences : new Map([...earlier, ...differences])
  const told = looked.tolerated ? looked : result
  const ended = succeeded({ ...told, summary: { ...summary, ...counts } })
  return { result: { ...withVerify(ended, verified), ...shown }, changes }
}

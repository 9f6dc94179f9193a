// Fills a project's folder where it is served, from an upstream with indices: they move, and what is gone goes, only when what
// they name is here.

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { collectChanges, learnChanges, withoutLosses } from '../../../shared/trees/compare.ts'
import { clearObstacles } from '../../../shared/trees/fill-in-place.ts'
import type { Refusal } from '../../../shared/trees/guard.ts'
import { makeWay } from '../../../shared/trees/make-way.ts'
import { splitByFilters } from '../../../shared/trees/name-filter.ts'
import { firstPassFilters, planPasses } from '../../../shared/trees/passes.ts'
import { type PathList, parentOf, readList, uniteLists, writeList } from '../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { addResults, pullPasses } from '../../../shared/trees/pull-passes.ts'
import { isSuccess, nothingToPull, type PullResult, type TreeChange } from '../../../shared/trees/source.ts'
import { makeWorkFolder } from '../../../shared/trees/work-folder.ts'
import { layoutOf, stagesOf } from '../../layouts/layouts.ts'
import { createPlace } from '../verify/place.ts'
import { createTreeFiles } from '../verify/tree-files.ts'
import { pullAside, settleFolders, type VerifiedTree, verifyGeneration } from '../verify/verify-generation.ts'
import { type Attempt, blocked, failed, held, succeeded, type UpstreamDeps, type UpstreamResult } from './attempt.ts'
import { lookByIndex, showLook, walkRecord } from './by-index/look.ts'
import type { Staged } from './by-index/stage.ts'
import { dropGathered } from './by-index/workbench.ts'
import { guardOf, judgeChanges, keepsPartials } from './guard.ts'
import type { InPlaceResult } from './in-place.ts'

interface Place {
  tree: ProjectTree
  destination: string
  onChange: (change: TreeChange | null) => void
  isServed: boolean
}

/**
 * What has changed is fetched into a folder beside, and checked together with the served one; then it is moved into its place by
 * name, roots last, and what is gone goes. Held, it stays beside, and nothing is deleted.
 */
export async function runInPlaceVerified(deps: UpstreamDeps, attempt: Attempt, place: Place): Promise<InPlaceResult> {
  const { tree, destination } = place
  await makeWorkFolder(tree.workFolder)
  const byIndex = await lookByIndex(deps, attempt, { tree, served: destination, tag: tree.anchor()?.tag ?? null })
  const found =
    byIndex.staged === null ? await findByWalk(deps, attempt, place) : findByIndex(deps, attempt, byIndex.staged)
  if ('ended' in found) return found.ended
  const { first, looked, changes, aside, all } = found
  const shown = showLook(attempt, byIndex, changes)
  // What a run before this one brought, and was held with, is not proven yet.
  const unproven = path.join(tree.workFolder, 'unproven.list')
  const known = first.changes === null ? null : uniteLists((await readList(unproven)) ?? new Map(), first.changes)
  if (known !== null) await writeList(unproven, known)
  const verified = await verifyGeneration(deps, attempt, {
    tree,
    folders: [aside, destination],
    before: { folder: destination, tag: tree.record.judged?.tag === attempt.project.tag ? attempt.project.tag : null },
    changes: known === null ? null : uniteLists(known, changes),
  })
  const allTold = first.result.toldEverything
  const summary = { ...looked.summary, bytes_transferred: all.summary.bytes_transferred + (verified?.fetched ?? 0) }
  if (verified?.isHeld) return { result: { ...held(summary, verified.verify), ...shown }, allTold }
  const kept = all.tolerated ? withoutLosses(changes, destination) : changes
  const counts = await install(attempt, place, { staged: aside, changes: kept, verified })
  await attempt.tools.syncToDisk(destination)
  for (const done of [aside, unproven]) await rm(done, { recursive: true, force: true })
  await dropGathered(tree)
  const judged = verified === null ? {} : { judged: { ...verified.judged, tag: attempt.target.tag } }
  const walks = walkRecord(deps, tree, byIndex.staged)
  await tree.update((record) => ({ ...record, ...judged, ...walks }))
  const done = succeeded({ ...all, summary: { ...summary, ...addCounts(first.result, counts) } })
  return { result: { ...done, ...shown, ...(verified === null ? {} : { verify: verified.verify }) }, allTold }
}

/** What has changed, and where it lies. */
interface Found {
  /** What the first pass brought to its place already. */
  first: { result: PullResult; changes: PathList | null }
  looked: PullResult
  changes: PathList
  /** The folder with what is to be moved. */
  aside: string
  /** All pulls together. */
  all: PullResult
}

function findByIndex(
  deps: UpstreamDeps,
  attempt: Attempt,
  { folder, changes, result }: Staged,
): Found | { ended: InPlaceResult } {
  const refusal = judgeChanges(deps, attempt, { changes, looked: result, isServed: true })
  if (refusal !== null) return { ended: { result: blocked(result.summary, refusal), allTold: true } }
  const first = { result: nothingToPull(), changes: new Map() }
  return { first, looked: result, changes, aside: folder, all: result }
}

/** The first pass brings what is not an index; the rest goes beside. */
async function findByWalk(
  deps: UpstreamDeps,
  attempt: Attempt,
  place: Place,
): Promise<Found | { ended: InPlaceResult }> {
  const { tree, destination } = place
  const { refusal: obstacles, ...first } = await pullFirst(deps, attempt, place)
  const end = (result: UpstreamResult) => ({ ended: { result, allTold: first.result.toldEverything } })
  if (obstacles !== null) return end(blocked(first.result.summary, obstacles))
  if (!isSuccess(first.result.outcome)) return end(failed(first.result))
  const { result: looked, changes: told } = await learnChanges(attempt.source, destination)
  const seen = addResults(first.result, looked)
  if (told === null) return end(failed(seen))
  const changes = seen.tolerated ? withoutLosses(told, destination) : told
  const refusal = judgeChanges(deps, attempt, { changes, looked, isServed: place.isServed })
  if (refusal !== null) return end(blocked(seen.summary, refusal))
  const present: PathList = new Map([...changes].filter(([name, kind]) => kind !== 'gone' && name !== '.'))
  const aside = await pullAside(attempt, tree, 'staged', [...present.keys()], present)
  const all = addResults(seen, aside.result)
  return isSuccess(all.outcome) ? { first, looked, changes, aside: aside.folder, all } : end(failed(all))
}

/** A folder in the way of a file of the first pass is cleared as for any tree that is filled in place. */
async function pullFirst(
  deps: UpstreamDeps,
  attempt: Attempt,
  { tree, destination, onChange, isServed }: Place,
): Promise<{ result: PullResult; changes: PathList | null; refusal: Refusal | null }> {
  const { project, source, number } = attempt
  const collector = collectChanges()
  const both = (change: TreeChange | null) => {
    collector.onChange(change)
    onChange(change)
  }
  await mkdir(destination, { recursive: true })
  const pull = { destination, keepPartials: keepsPartials(project, number), onChange: both }
  const passes = planPasses(stagesOf(project), 'never').slice(0, -1)
  let result = await pullPasses(source, passes, pull)
  let refusal: Refusal | null = null
  if (result.obstructed > 0) {
    const guard = guardOf(deps.settings, attempt, { isServed })
    const cleared = await clearObstacles({
      source,
      stages: stagesOf(project),
      guard,
      had: project.total_files,
      mayBePartial: false,
      pull,
      namesFile: tree.namesFile,
      // Indices move when they are verified.
      later: firstPassFilters(stagesOf(project)),
      signal: attempt.signal,
    })
    refusal = cleared.refusal
    if (refusal === null) result = addResults(result, await pullPasses(source, passes, pull))
  }
  const isKnown = collector.isComplete() && result.toldEverything
  return { result, changes: isKnown ? collector.changes() : null, refusal }
}

interface Installing {
  staged: string
  changes: PathList
  verified: VerifiedTree | null
}

/** What indices name comes first, then indices, roots last; then what no index names any more goes. */
async function install(
  attempt: Attempt,
  { tree, destination, onChange }: Place,
  { staged, changes, verified }: Installing,
): Promise<{ added: number; modified: number; deleted: number }> {
  const counts = { added: 0, modified: 0, deleted: 0 }
  const place = createPlace(destination, path.join(tree.workFolder, 'verify'))
  const names: PathList = new Map()
  // What lies beside only to be compared stays there.
  const isWanted = (name: string) => changes.get(name) === 'file' || verified?.touched.has(name) === true
  for await (const name of createTreeFiles([staged]).names()) if (isWanted(name)) names.set(name, 'file')
  const now = createTreeFiles([destination])
  for (const name of inOrder(attempt.project, names)) {
    counts[now.find(name) === null ? 'added' : 'modified'] += 1
    await place.move(name, Buffer.from(path.join(staged, name), 'latin1'))
    onChange({ name, kind: 'file', linkedTo: null })
  }
  const gone: PathList = new Map(
    [...changes].filter(([name, kind]) => kind === 'gone' && verified?.stillNamed.has(name) !== true),
  )
  await makeWay(destination, gone, 'as_listed', attempt.signal, (name) => {
    counts.deleted += 1
    onChange({ name, kind: 'gone', linkedTo: null })
  })
  const folders = new Set([...changes].filter(([, kind]) => kind === 'folder').map(([name]) => name))
  for (const name of [...names.keys(), ...gone.keys()]) folders.add(parentOf(name))
  await settleFolders(attempt, tree, destination, folders)
  for (const name of folders) onChange({ name, kind: 'folder', linkedTo: null })
  return counts
}

function inOrder(project: Attempt['project'], names: PathList): string[] {
  const { rootOf } = layoutOf(project)
  const [first, rest] = splitByFilters(names, firstPassFilters(stagesOf(project))).map((list) => [...list.keys()])
  const [before = [], last = []] = rest?.length ? [first, rest] : [[], first]
  // InRelease after Release, repomd.xml after its signature: the file that clients ask for first is the last one.
  const roots = last
    .filter((name) => rootOf(name) !== null)
    .sort()
    .reverse()
  const others = last.filter((name) => rootOf(name) === null)
  return [...before, ...others, ...roots]
}

function addCounts({ summary }: PullResult, counts: { added: number; modified: number; deleted: number }) {
  return {
    added: summary.added + counts.added,
    modified: summary.modified + counts.modified,
    deleted: summary.deleted + counts.deleted,
  }
}

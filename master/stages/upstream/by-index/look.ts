// How one run of a project looks through its upstream: by the upstream's indices, or by a walk; and what it remembers of that.

import type { PathList } from '../../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../../shared/trees/project-tree.ts'
import type { TreeRecord } from '../../../../shared/trees/tree-record.ts'
import { layoutOf } from '../../../layouts/layouts.ts'
import { planWalk } from '../../../records/walks.ts'
import { checkedBy } from '../../verify/readers.ts'
import type { Attempt, UpstreamDeps, UpstreamResult } from '../attempt.ts'
import { CHANGED, hasOtherLocalFiles, readLocalFiles } from '../local-files.ts'
import { type Staged, stageByIndex } from './stage.ts'

/** `staged` is null for a walk. */
export interface IndexLook {
  staged: Staged | null
  /** What the indices speak of, when a walk is due that tells what they miss; else null. */
  spoken: PathList | null
}

const WALK: IndexLook = { staged: null, spoken: null }

/** `served` is the folder that is served, and `tag` that of the generation in it. */
export async function lookByIndex(
  deps: UpstreamDeps,
  attempt: Attempt,
  { tree, served, tag }: { tree: ProjectTree; served: string; tag: string | null },
): Promise<IndexLook> {
  const { project, request, log } = attempt
  if (project.by_index && hasOtherLocalFiles(tree, await readLocalFiles(deps.settings.DEST_ROOT, project))) {
    log.writeLine(`[the upstream is walked: ${CHANGED}]`)
    return WALK
  }
  const { judged = null } = tree.record
  const { UPSTREAM_WALK_DAYS: walkDays, UPSTREAM_WALK_EVERY: walkEvery } = deps.settings
  const isWhole =
    judged !== null &&
    judged.tag === tag &&
    tag === project.tag &&
    judged.by === checkedBy(project) &&
    judged.roots[0] !== undefined
  const plan = planWalk({
    project,
    request,
    record: tree.record,
    isWhole: isWhole && judged.problems.length === 0,
    now: deps.now(),
    walkDays,
    walkEvery,
  })
  if (plan.look === 'walk') {
    if (plan.reason !== null) log.writeLine(`[the upstream is walked: ${plan.reason}]`)
    return WALK
  }
  const asked = { tree, served, roots: judged?.roots ?? [] }
  if (plan.look === 'index') return { staged: await stageByIndex(deps, attempt, asked), spoken: null }
  log.writeLine('[the upstream is walked: it is due]')
  const spoken = await stageByIndex(deps, attempt, { ...asked, onlyNames: true })
  return { staged: null, spoken: spoken?.changes ?? null }
}

/** How many names a walk found that the indices had not spoken of. Old by-hash files go with a walk alone; folders come with their content. */
export function countMissed(spoken: PathList, found: PathList): number {
  let missed = 0
  for (const [name, kind] of found)
    if (kind !== 'folder' && !spoken.has(name) && !(kind === 'gone' && name.includes('/by-hash/'))) missed += 1
  return missed
}

/** What the record of the tree says of walks after this run. */
export function walkRecord(
  { now }: Pick<UpstreamDeps, 'now'>,
  { record }: ProjectTree,
  staged: Staged | null,
): Partial<TreeRecord> {
  if (staged === null) return { walked_at: new Date(now()).toISOString(), index_runs: 0 }
  return staged.changes.size === 0 ? {} : { index_runs: (record.index_runs ?? 0) + 1 }
}

/** For the run: how its upstream was looked through. */
export function showLook(
  { project }: Pick<Attempt, 'project'>,
  { staged, spoken }: IndexLook,
  walked: PathList | null,
): Pick<UpstreamResult, 'scanned' | 'missed'> {
  if (staged !== null) return { scanned: layoutOf(project).name === 'fedora' ? 'list' : 'index' }
  return spoken === null || walked === null ? {} : { missed: countMissed(spoken, walked) }
}

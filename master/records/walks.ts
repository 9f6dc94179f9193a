// Decides whether a run looks through its upstream by the upstream's own indices, or walks over all of it: pure.

import { isOver } from '../../shared/flow/is-over.ts'
import { checkOptions, decidesByDestination, isGiven } from '../../shared/rsync/options.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { showSource } from '../../shared/show-source.ts'
import type { TreeRecord } from '../../shared/trees/tree-record.ts'
import { firstHopOptions } from './first-hop.ts'
import type { RunRequest } from './run.ts'

/**
 * `index`: by the indices; `due`: a walk, which tells what the indices have missed; `walk`: a walk for a reason, null where a
 * project never goes by index.
 */
export type WalkPlan = { look: 'index' } | { look: 'due' } | { look: 'walk'; reason: string | null }

export interface WalkQuestion {
  project: StoredProject
  request: Pick<RunRequest, 'mode' | 'force' | 'dryRun' | 'publishHeld'>
  record: Pick<TreeRecord, 'walked_at' | 'index_runs'>
  /** Whether the tree is the project's generation, and was found whole by the settings that it has now. */
  isWhole: boolean
  /** In milliseconds since 1970. */
  now: number
  walkDays: number
  walkEvery: number
}

const DAY_MS = 86_400_000

/** Nothing names the lists of sums that are new. */
function goesByIndex({ layout = 'plain', by_index = false }: Pick<StoredProject, 'layout' | 'by_index'>): boolean {
  return layout !== 'plain' && layout !== 'checksums' && by_index
}

export function planWalk(asked: WalkQuestion): WalkPlan {
  const { project, request, record, isWhole, now, walkDays, walkEvery } = asked
  if (!goesByIndex(project) || request.dryRun) return { look: 'walk', reason: null }
  const reason = reasonToWalk(project, request, isWhole)
  if (reason !== null) return { look: 'walk', reason }
  const { walked_at, index_runs = 0 } = record
  if (walked_at === undefined) return { look: 'walk', reason: 'it is not known when the last walk was' }
  const isDue = isOver(walked_at, walkDays * DAY_MS, now) || index_runs >= walkEvery
  return { look: isDue ? 'due' : 'index' }
}

function reasonToWalk(
  project: StoredProject,
  { mode, force, publishHeld }: WalkQuestion['request'],
  isWhole: boolean,
): string | null {
  if (mode === 'full' || force || publishHeld) return 'a full or forced run walks in any case'
  if ((project.source?.kind ?? 'rsync') !== 'rsync') return 'its source is on this master'
  if (skipsNames(project)) return 'its options skip or change names'
  if ((project.tolerated_exit_codes ?? []).length > 0) return 'a part of the upstream may stay unseen'
  if (project.pulled_from !== showSource(project)) return 'the last generation came from another upstream'
  if (project.last_run?.state === 'blocked') return 'the run before was blocked'
  return isWhole ? null : 'the last generation was not found whole by these settings'
}

const SKIPPING = ['--exclude=', '--include=', '--filter=', '--max-size=', '--min-size=', '--iconv=']

/** An index names what the options of a walk would leave out, or call otherwise. */
function skipsNames(project: StoredProject): boolean {
  const options = firstHopOptions(project)
  const { words, deletes } = checkOptions(options)
  return (
    deletes === 'none' ||
    decidesByDestination(options) ||
    words.some((word) => SKIPPING.some((option) => word.startsWith(option))) ||
    isGiven(words, 'm', '--prune-empty-dirs') ||
    isGiven(words, 'x', '--one-file-system') ||
    words.includes('--munge-links')
  )
}

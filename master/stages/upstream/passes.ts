// Decides on the pulls that one attempt of an upstream stage is made of, and on what may be deleted: pure.

import type { Stages, StoredProject } from '../../../shared/schemas/project.ts'
import type { Summary } from '../../../shared/schemas/run.ts'
import type { Deletes, NameFilter } from '../../../shared/trees/source.ts'

/** One pull of the stage. */
export interface Pass {
  name: string
  filters: readonly NameFilter[]
  deletes: Deletes
}

/** How an attempt deletes: not at all, at once, or only when the count has been seen and found within the limit. */
export type DeleteRule = 'never' | 'at_once' | 'guarded'

/** Debian's two stages (ftpsync): the first leaves what indexes, but takes the content that lies among it. */
const DEBIAN_FILTERS: readonly NameFilter[] = [
  ...['*.diff/', 'by-hash/'].map((include) => ({ include })),
  ...[
    '*.diff/Index',
    'Contents*',
    'Packages*',
    'Sources*',
    'Release*',
    'InRelease',
    'i18n/*',
    'dep11/*',
    'installer-*/current',
    'ls-lR*',
  ].map((exclude) => ({ exclude })),
]

/** The filters of the first pass, for what is left to the second; empty when there is only one pass. */
export function firstPassFilters(stages: Stages): readonly NameFilter[] {
  if (stages === 'single') return []
  if (stages === 'debian') return DEBIAN_FILTERS
  const names = stages === 'rpm' ? ['repodata/'] : stages.first_pass_exclude
  return names.map((exclude) => ({ exclude }))
}

/** The passes before deletes are known of: the last one moves everything. */
export function planPasses(stages: Stages, rule: DeleteRule): Pass[] {
  const filters = firstPassFilters(stages)
  const last: Pass = {
    name: filters.length > 0 ? 'second pass: everything' : 'everything',
    filters: [],
    deletes: rule === 'never' ? 'never' : rule === 'at_once' ? 'unlimited' : { atMost: 0 },
  }
  if (filters.length === 0) return [last]
  return [{ name: 'first pass: what the indices name', filters, deletes: 'never' }, last]
}

/** The pass that deletes, after the counting one. `limit` keeps what changed meanwhile within bounds. */
export function deletePass(limit: number): Pass {
  return { name: 'deletes', filters: [], deletes: Number.isFinite(limit) ? { atMost: limit } : 'unlimited' }
}

/**
 * Whether an attempt keeps partial files: the first syncs of a project, and those after anything went wrong, are the
 * long ones that get interrupted.
 */
export function keepsPartials(project: Pick<StoredProject, 'generation' | 'last_run'>, attempt: number): boolean {
  const smooth = project.last_run?.state === 'succeeded' || project.last_run?.state === 'partial'
  return project.generation === 0 || !smooth || attempt > 1
}

/** How much may be deleted: the guard's share of what the project had, or the project's own `--max-delete` when less. */
export interface DeleteLimit {
  /** Entries that may go; infinite when nothing limits them. */
  entries: number
  /** For a message. */
  says: string
}

/**
 * The limit of a run. `had` counts the entries of the tree before the run; `guardPercent` 0 switches the guard off.
 */
export function deleteLimit(had: number, guardPercent: number, maxDelete: number | null): DeleteLimit {
  const guard = guardPercent === 0 ? Number.POSITIVE_INFINITY : Math.floor((had * guardPercent) / 100)
  if (maxDelete !== null && maxDelete < guard)
    return { entries: maxDelete, says: `the project's own --max-delete=${maxDelete}` }
  return { entries: guard, says: `${guardPercent} % of the ${had} files that the project had` }
}

/**
 * How many entries the tree had before the run: what is known of it, else what the counting pass tells. After that pass
 * the tree holds all of the upstream's entries and those that it skipped, less those that it added.
 */
export function entriesBefore(known: number | null, counted: Summary, skippedDeletions: number): number {
  return known ?? Math.max(0, counted.total_files - counted.added + skippedDeletions)
}

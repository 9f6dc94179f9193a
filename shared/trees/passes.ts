// Decides on the pulls that fill a tree, in which order, and what each may delete: pure.

import type { Stages } from '../schemas/project-parts.ts'
import type { Deletes, NameFilter } from './source.ts'

/** One pull of several. */
export interface Pass {
  name: string
  filters: readonly NameFilter[]
  deletes: Deletes
}

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

/**
 * The passes of a walk over all of the tree: what is indexed first, and the last one with these deletes. Earlier ones
 * delete nothing.
 */
export function planPasses(stages: Stages, deletes: Deletes): Pass[] {
  const filters = firstPassFilters(stages)
  const last: Pass = { name: filters.length > 0 ? 'second pass: everything' : 'everything', filters: [], deletes }
  if (filters.length === 0) return [last]
  return [{ name: 'first pass: what the indices name', filters, deletes: 'never' }, last]
}

/** The pass that deletes, after a counting one. */
export function deletePass(atMost: number): Pass {
  return { name: 'deletes', filters: [], deletes: { atMost } }
}

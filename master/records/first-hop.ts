// With which options a project's tree is pulled from its source: its own, and its filters. Pure.

import { withFilters } from '../../shared/rsync/filters.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'

export function firstHopOptions({
  rsync_options,
  filters = [],
}: Pick<StoredProject, 'rsync_options' | 'filters'>): RsyncOptions {
  return withFilters(rsync_options, filters)
}

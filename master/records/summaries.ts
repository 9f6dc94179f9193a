// Adds up the counts of rsyncs that belong together: pure.

import type { Summary } from '../../shared/schemas/run.ts'

/** The counts of several rsyncs together; the totals are the last one's, where it came as far as to count. */
export function addSummaries(before: Summary | null, next: Summary): Summary {
  if (before === null) return next
  return {
    added: before.added + next.added,
    modified: before.modified + next.modified,
    deleted: before.deleted + next.deleted,
    errors: before.errors + next.errors,
    bytes_transferred: before.bytes_transferred + next.bytes_transferred,
    total_files: next.total_files || before.total_files,
    total_size: next.total_size || before.total_size,
  }
}

// A run in one line: pure. Without schemas, so that the dashboard can use it.

import type { Run } from './run.ts'
import type { RunBrief } from './run-brief.ts'

/** What a list of many projects shows of the run. */
export function briefOf(run: Run): RunBrief {
  const { state, trigger, dry_run, queued_at, started_at, finished_at, upstream, error } = run
  const { summary } = upstream
  return {
    run: run.run,
    state,
    trigger,
    dry_run,
    unchanged: upstream.state === 'unchanged',
    queued_at,
    finished_at,
    seconds: finished_at === null ? null : (Date.parse(finished_at) - Date.parse(started_at ?? finished_at)) / 1000,
    changes:
      summary === null
        ? null
        : {
            added: summary.added,
            modified: summary.modified,
            deleted: summary.deleted,
            bytes_transferred: summary.bytes_transferred,
          },
    error,
  }
}

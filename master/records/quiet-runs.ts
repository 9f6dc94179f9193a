// Which runs need not be kept, because the next ones say the same: pure.

import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'

/**
 * How many of a project's newest runs a store looks at when it adds one. Those before them were looked at already; a run can be
 * passed over while it waits, and few wait at a time.
 */
export const LOOKED_AT = 8

/**
 * The runs that may go: of runs in succession in which the probe found nothing new, and that ended alike, the newest tells it
 * all. The newest one of the project always stays, and so does the one before it: somebody may still wait for its end.
 * `runs` are those of one project, oldest first.
 */
export function repeatedRuns(runs: readonly Run[]): Run[] {
  return runs.slice(0, -2).filter((run, index) => {
    const next = runs[index + 1]
    return next !== undefined && isQuiet(run) && isQuiet(next) && run.state === next.state
  })
}

/** No slave has pulled anything either. */
function isQuiet({ state, upstream, slaves }: Run): boolean {
  return hasEnded(state) && upstream.state === 'unchanged' && slaves.every(({ summary }) => summary === null)
}

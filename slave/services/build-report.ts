// What a slave tells the master of a job that has ended, within the limits of a report.

import { cutText } from '../../shared/cut-text.ts'
import { TreeMissing } from '../../shared/errors.ts'
import { MAX_ERROR_CHARACTERS, type SlaveReport, type SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { Refusal } from '../../shared/trees/guard.ts'
import { isSuccess, type Outcome } from '../../shared/trees/source.ts'
import type { TreeSyncEnd } from './tree-sync.ts'

/** How a job ended: by itself, or before rsync could say anything. */
export type JobEnd = TreeSyncEnd | { error: string; outcome: 'stopped' | 'permanent'; refusal?: Refusal }

/** `startedAt` is null for a job whose turn never came. */
export interface JobFacts {
  startedAt: string | null
  finishedAt: string
  log: string
}

/** The report of a job. A generation is named only when the tree has all of it. */
export function buildReport(message: SyncFromMaster, end: JobEnd, facts: JobFacts): SlaveReport {
  const { outcome, error } = 'result' in end ? end.result : end
  const refusal = end.refusal ?? null
  const well = isSuccess(outcome) && refusal === null
  return {
    run: message.run,
    ...(message.epoch === undefined ? {} : { target: { epoch: message.epoch, tag: message.tag } }),
    slave_id: message.slave_id,
    project: message.project,
    state: well && 'state' in end ? end.state : stateOfFailure(message, outcome, refusal),
    generation: well ? message.generation : null,
    tag: well ? message.tag : null,
    started_at: facts.startedAt,
    finished_at: facts.finishedAt,
    ...('result' in end
      ? {
          exit_code: end.result.exitCode,
          summary: end.result.summary,
          method: end.method,
          drift: end.drift,
          source: well ? end.source : null,
        }
      : { exit_code: null, summary: null, method: null, drift: null, source: null }),
    error: cut(refusal?.message ?? error),
    log: facts.log,
  }
}

/** The end of a job for which the disk had too little room; `end` is null when it was not begun. A whole tree stays one. */
export function endForRoom(end: TreeSyncEnd | null, shortage: string): JobEnd {
  const error = `The disk is full: ${shortage}. Make room on this slave; it follows with its next sync.`
  if (end === null) return { outcome: 'permanent', error }
  if (isSuccess(end.result.outcome)) return end
  return { ...end, result: { ...end.result, outcome: 'permanent', error } }
}

/** The end of a job that was cut off by an error; `stopped` when somebody has stopped it. */
export function endForError(error: unknown, stopped: boolean): JobEnd {
  if (stopped) return { outcome: 'stopped', error: 'stopped before its turn' }
  const message = error instanceof Error ? error.message : String(error)
  const refusal = error instanceof TreeMissing ? { refusal: { code: 'TREE_MISSING' as const, message } } : {}
  return { outcome: 'permanent', error: message, ...refusal }
}

/** A master of before protocol 2 does not know that a slave can block. */
function stateOfFailure(
  { guard }: SyncFromMaster,
  outcome: Outcome,
  refusal: Refusal | null,
): 'stopped' | 'failed' | 'blocked' {
  if (refusal !== null && guard !== undefined) return 'blocked'
  return outcome === 'stopped' ? 'stopped' : 'failed'
}

/** Errors quote names and rsync's words, which can be of any length; the master refuses a report with a longer one. */
function cut(error: string | null): string | null {
  return error === null ? null : cutText(error, MAX_ERROR_CHARACTERS)
}

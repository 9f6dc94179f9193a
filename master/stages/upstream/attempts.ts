// The upstream stage of a run: attempts, each in its turn, until one succeeds or no further one is due.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../../../settings.ts'
import type { LimitedQueue } from '../../../shared/flow/limited-queue.ts'
import { throttle } from '../../../shared/flow/throttle.ts'
import type { RunLog } from '../../../shared/logs/run-log.ts'
import type { ProbeValue } from '../../../shared/schemas/probe.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { limitsOf } from '../../../shared/schemas/project-limits.ts'
import type { Progress } from '../../../shared/schemas/run.ts'
import { addSummaries } from '../../../shared/trees/pull-passes.ts'
import type { Anchor } from '../../../shared/trees/tree-record.ts'
import { settingsFor } from '../../records/limits.ts'
import { type AttemptEnd, endedUpstream, enterAttempt, priorityOf, waitingUpstream } from '../../records/run.ts'
import { hostOf } from '../../sources/sources.ts'
import type { RunHandle } from '../run-handle.ts'
import { type AttemptRequest, UNCHANGED, type UpstreamDeps, type UpstreamResult } from './attempt.ts'
import type { Look, LookRequest } from './probe/look.ts'
import { planRetry } from './retry.ts'
import { makeAttempt } from './upstream.ts'

export interface UpstreamAttemptsDeps {
  settings: Pick<Settings, 'RETRY_LIMIT' | 'RETRY_BACKOFF_S'>
  openLog: (run: string) => RunLog
  /** Gives each attempt its turn, by the upstream's host. Between attempts others may have it. */
  turns: LimitedQueue
  upstream: UpstreamDeps
  /** Asks the upstream, before the first attempt, whether there is anything new. */
  look: (asked: LookRequest) => Promise<Look>
  now: () => number
}

/** How the stage ended, and what the probe has to do with it. */
export interface UpstreamEnd extends UpstreamResult {
  /** What the probe read before the first attempt, for the generation that was made. */
  probed: ProbeValue | null
  /** What a scan found though the probe had found nothing new; null when it did not say so. */
  drift: number | null
}

/**
 * Brings the project's tree on the master to the target, unless the probe finds nothing new. Rejects when the run was
 * aborted while it waited.
 */
export type UpstreamAttempts = (active: RunHandle, project: StoredProject, target: Anchor) => Promise<UpstreamEnd>

const PROGRESS_MS = 1_000

export function createUpstreamAttempts(deps: UpstreamAttemptsDeps): UpstreamAttempts {
  const { RETRY_LIMIT, RETRY_BACKOFF_S: backoffS } = deps.settings
  return async (active, project, target) => {
    const { retry_limit, max_syncs_per_host: perKey } = limitsOf(project)
    const retryLimit = retry_limit ?? RETRY_LIMIT
    const turn = {
      id: active.run.run,
      key: hostOf(project),
      perKey,
      priority: priorityOf(active.request, project),
      signal: active.signal,
    }
    const log = deps.openLog(active.run.run)
    let look: Look | null = null
    try {
      for (let number = 1; ; number++) {
        const result = await deps.turns.run(turn, async () => {
          const at = isoNow(deps)
          await active.start((run) => enterAttempt(run, number, at))
          look ??= await deps.look({ project, request: active.request, signal: active.signal, log })
          return look.ends ? UNCHANGED : attempt(deps, active, { project, target, number, log })
        })
        if (look === null || result.outcome === 'unchanged') return { ...result, probed: null, drift: null }
        const outcome = result.outcome === 'blocked' ? 'operator' : result.outcome
        const pause = planRetry({ outcome, attempt: number, retryLimit, backoffS, random: Math.random() })
        if (pause === null) return endWith(result, look, active, log)
        await noteWait(deps, active, result, { pause, limit: retryLimit + 1 })
        const seconds = Math.round(pause / 1000)
        log.writeLine(`[attempt ${number} failed; the next of at most ${retryLimit + 1} comes in ${seconds} s]`)
        await sleep(pause, undefined, { signal: active.signal })
      }
    } finally {
      log.finish()
    }
  }
}

async function attempt(
  deps: UpstreamAttemptsDeps,
  active: RunHandle,
  given: Pick<AttemptRequest, 'project' | 'target' | 'number' | 'log'>,
): Promise<UpstreamResult> {
  const progress = throttle<Progress>(PROGRESS_MS, (now) =>
    active.show((run) => ({ ...run, upstream: { ...run.upstream, progress: now } })),
  )
  const { request, signal } = active
  try {
    const upstream = { ...deps.upstream, settings: settingsFor(deps.upstream.settings, given.project) }
    const result = await makeAttempt(upstream, { ...given, request, signal, onProgress: progress.call })
    progress.flush()
    return result
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    given.log.writeLine(`[${message}]`)
    const outcome = active.signal.aborted ? 'stopped' : 'permanent'
    await noteEnd(deps, active, { outcome, exitCode: null, summary: null, error: message })
    throw error
  }
}

/** The last attempt's end, with what the probe had said before. */
function endWith(result: UpstreamResult, look: Look, { run }: RunHandle, log: RunLog): UpstreamEnd {
  const error = result.code === null ? (result.error ?? look.warning) : result.error
  // What did not come is asked for again, whatever the probe finds.
  const ended = { ...result, error, probed: result.tolerated ? null : look.value, drift: null }
  if (!look.expectsNothing || result.code !== null || result.summary === null) return ended
  // Earlier attempts may have brought some of it.
  const { added, modified, deleted } = addSummaries(run.upstream.summary, result.summary)
  const drift = added + modified + deleted
  log.writeLine(`[the probe had found nothing new; the scan found ${drift} changes that it missed]`)
  return { ...ended, drift }
}

async function noteEnd(deps: UpstreamAttemptsDeps, active: RunHandle, end: AttemptEnd): Promise<void> {
  await active.change((run) => ({ ...run, upstream: endedUpstream(run.upstream, end, isoNow(deps)) }))
}

async function noteWait(
  deps: UpstreamAttemptsDeps,
  active: RunHandle,
  end: AttemptEnd,
  { pause, limit }: { pause: number; limit: number },
): Promise<void> {
  const next = { at: new Date(deps.now() + pause).toISOString(), limit }
  await active.change((run) => ({ ...run, upstream: waitingUpstream(run.upstream, end, isoNow(deps), next) }))
}

function isoNow({ now }: UpstreamAttemptsDeps): string {
  return new Date(now()).toISOString()
}

// The upstream stage of a run: attempts, each in its turn, until one succeeds or no further one is due.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../../../settings.ts'
import type { LimitedQueue } from '../../../shared/flow/limited-queue.ts'
import { throttle } from '../../../shared/flow/throttle.ts'
import type { RunLog } from '../../../shared/logs/run-log.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Progress } from '../../../shared/schemas/run.ts'
import type { Anchor } from '../../../shared/trees/tree-record.ts'
import { endedUpstream, enterAttempt, priorityOf } from '../../records/run.ts'
import type { RunHandle } from '../run-handle.ts'
import type { AttemptRequest, UpstreamDeps, UpstreamResult } from './attempt.ts'
import { planRetry } from './retry.ts'
import { makeAttempt } from './upstream.ts'

export interface UpstreamAttemptsDeps {
  settings: Pick<Settings, 'RETRY_LIMIT' | 'RETRY_BACKOFF_S'>
  openLog: (run: string) => RunLog
  /** Gives each attempt its turn, by the upstream's host. Between attempts others may have it. */
  turns: LimitedQueue
  upstream: UpstreamDeps
  now: () => number
}

/** Brings the project's tree on the master to the target. Rejects when the run was aborted while it waited. */
export type UpstreamAttempts = (active: RunHandle, project: StoredProject, target: Anchor) => Promise<UpstreamResult>

const PROGRESS_MS = 1_000

export function createUpstreamAttempts(deps: UpstreamAttemptsDeps): UpstreamAttempts {
  const { RETRY_LIMIT: retryLimit, RETRY_BACKOFF_S: backoffS } = deps.settings
  return async (active, project, target) => {
    const turn = {
      id: active.run.run,
      key: project.rsync_host.toLowerCase(),
      priority: priorityOf(active.request),
      signal: active.signal,
    }
    const log = deps.openLog(active.run.run)
    try {
      for (let number = 1; ; number++) {
        const result = await deps.turns.run(turn, () => attempt(deps, active, { project, target, number, log }))
        const outcome = result.outcome === 'blocked' ? 'operator' : result.outcome
        const pause = planRetry({ outcome, attempt: number, retryLimit, backoffS, random: Math.random() })
        if (pause === null) return result
        await noteEnd(deps, active, result)
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
  const at = isoNow(deps)
  await active.start((run) => enterAttempt(run, given.number, at))
  const progress = throttle<Progress>(PROGRESS_MS, (now) =>
    active.show((run) => ({ ...run, upstream: { ...run.upstream, progress: now } })),
  )
  const { request, signal } = active
  try {
    const result = await makeAttempt(deps.upstream, { ...given, request, signal, onProgress: progress.call })
    progress.flush()
    return result
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    given.log.writeLine(`[${message}]`)
    await noteEnd(deps, active, { outcome: 'permanent', exitCode: null, summary: null, error: message })
    throw error
  }
}

async function noteEnd(
  deps: UpstreamAttemptsDeps,
  active: RunHandle,
  end: Parameters<typeof endedUpstream>[1],
): Promise<void> {
  await active.change((run) => ({ ...run, upstream: endedUpstream(run.upstream, end, isoNow(deps)) }))
}

function isoNow({ now }: UpstreamAttemptsDeps): string {
  return new Date(now()).toISOString()
}

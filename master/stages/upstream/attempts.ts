// Makes attempts at the upstream stage, each in its turn, until one is well or no further one is due.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../../../settings.ts'
import { LimitedQueue, type QueuedJob } from '../../../shared/flow/limited-queue.ts'
import { throttle } from '../../../shared/flow/throttle.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Progress } from '../../../shared/schemas/run.ts'
import { assertRunMove } from '../../../shared/schemas/run-state.ts'
import type { Anchor } from '../../../shared/trees/tree-record.ts'
import { endedUpstream } from '../../records/run.ts'
import type { ActiveRun } from '../../runs/active-run.ts'
import type { RunLogs } from '../../runs/run-logs.ts'
import type { AttemptRequest, UpstreamDeps, UpstreamResult } from './attempt.ts'
import { planRetry } from './retry.ts'
import { runUpstreamStage } from './upstream.ts'

export interface UpstreamAttemptsDeps {
  settings: Settings
  logs: RunLogs
  upstream: UpstreamDeps
  now: () => number
}

/** What one attempt is about, besides what every attempt of a run shares. */
type AttemptOf = Pick<AttemptRequest, 'project' | 'target' | 'number' | 'log'>

const EXPLICIT_PRIORITY = 1
const SCHEDULED_PRIORITY = 0
const PROGRESS_MS = 1_000

export class UpstreamAttempts {
  readonly #deps: UpstreamAttemptsDeps
  readonly #queue: LimitedQueue

  constructor(deps: UpstreamAttemptsDeps) {
    this.#deps = deps
    const { MAX_CONCURRENT_SYNCS: limit, MAX_SYNCS_PER_HOST: perKey } = deps.settings
    this.#queue = new LimitedQueue({ limit, perKey })
  }

  /** How many upstream stages wait for their turn or have it. */
  get turns(): number {
    return this.#queue.size
  }

  /** Lets a waiting run go before the scheduled ones. */
  promote(run: string): void {
    this.#queue.promote(run, EXPLICIT_PRIORITY)
  }

  /** Makes attempts until one is well or no further one is due. Between them others may use the place in the queue. */
  async run(active: ActiveRun, project: StoredProject, target: Anchor): Promise<UpstreamResult> {
    const { RETRY_LIMIT: retryLimit, RETRY_BACKOFF_S: backoffS } = this.#deps.settings
    const log = this.#deps.logs.openUpstream(active.run.run)
    try {
      for (let number = 1; ; number++) {
        const result = await this.#queue.run(this.#turn(active, project), () =>
          this.#attempt(active, { project, target, number, log }),
        )
        const outcome = result.outcome === 'blocked' ? 'operator' : result.outcome
        const pause = planRetry({ outcome, attempt: number, retryLimit, backoffS, random: Math.random() })
        if (pause === null) return result
        await this.noteEnd(active, result)
        log.writeLine(
          `[attempt ${number} failed; the next of at most ${retryLimit + 1} comes in ${Math.round(pause / 1000)} s]`,
        )
        await sleep(pause, undefined, { signal: active.signal })
      }
    } finally {
      log.finish()
    }
  }

  async #attempt(active: ActiveRun, given: AttemptOf): Promise<UpstreamResult> {
    const { number, log } = given
    const at = this.#isoNow()
    await active.change((run) => {
      if (run.state !== 'syncing') assertRunMove(run.state, 'syncing')
      const upstream = { ...run.upstream, state: 'syncing' as const, started_at: run.upstream.started_at ?? at }
      return { ...run, state: 'syncing', attempt: number, started_at: run.started_at ?? at, upstream }
    })
    const progress = throttle<Progress>(PROGRESS_MS, (now) =>
      active.show((run) => ({ ...run, upstream: { ...run.upstream, progress: now } })),
    )
    try {
      const { request, signal } = active
      const result = await runUpstreamStage(this.#deps.upstream, {
        ...given,
        request,
        signal,
        onProgress: progress.call,
      })
      progress.flush()
      return result
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      log.writeLine(`[${message}]`)
      const end = { outcome: 'permanent' as const, exitCode: null, summary: null, error: message }
      await this.noteEnd(active, end)
      throw error
    }
  }

  /** Stores how an attempt ended. */
  async noteEnd(active: ActiveRun, end: Parameters<typeof endedUpstream>[1]): Promise<void> {
    await active.change((run) => ({ ...run, upstream: endedUpstream(run.upstream, end, this.#isoNow()) }))
  }

  #turn(active: ActiveRun, project: StoredProject): QueuedJob {
    const priority = active.request.trigger === 'explicit' ? EXPLICIT_PRIORITY : SCHEDULED_PRIORITY
    return { id: active.run.run, key: project.rsync_host.toLowerCase(), priority, signal: active.signal }
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

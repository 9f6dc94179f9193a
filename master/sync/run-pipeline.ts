// Carries a run through its stages: wait for a turn, upstream, then fan-out; returns how it ended and writes no end itself.

import type { Settings } from '../../settings.ts'
import { ProjectNotFound } from '../../shared/errors.ts'
import { LimitedQueue } from '../../shared/limited-queue.ts'
import { endedWell } from '../../shared/rsync/exit-codes.ts'
import type { PullResult } from '../../shared/rsync/pull.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Store } from '../store/store.ts'
import type { ActiveRun } from './active-run.ts'
import { type FanOutDeps, runFanOutStage } from './fanout-stage.ts'
import type { RunLogs } from './run-logs.ts'
import { endedUpstream, judgeFanOut, newSlaveStage, type RunEnd } from './run-record.ts'
import { runUpstreamStage, type UpstreamStageDeps } from './upstream-stage.ts'

export interface RunPipelineDeps {
  settings: Settings
  store: Store
  logs: RunLogs
  upstream: UpstreamStageDeps
  fanOut: FanOutDeps
  now: () => number
}

const EXPLICIT_PRIORITY = 1
const SCHEDULED_PRIORITY = 0

export class RunPipeline {
  readonly #deps: RunPipelineDeps
  readonly #queue: LimitedQueue

  constructor(deps: RunPipelineDeps) {
    this.#deps = deps
    const { MAX_CONCURRENT_SYNCS: limit, MAX_SYNCS_PER_HOST: perKey } = deps.settings
    this.#queue = new LimitedQueue({ limit, perKey })
  }

  /** Runs that wait for their upstream stage. */
  get queueLength(): number {
    return this.#queue.length
  }

  /** Lets a waiting run go before the scheduled ones. */
  promote(run: string): void {
    this.#queue.promote(run, EXPLICIT_PRIORITY)
  }

  /** Runs the stages. @throws when the run was aborted while it waited, or for a fault inside. */
  async run(active: ActiveRun): Promise<RunEnd> {
    const project = await this.#mustFind(active.key)
    const result = await this.#queue.run(
      {
        id: active.run.run,
        key: project.rsync_host.toLowerCase(),
        priority: active.wish.trigger === 'explicit' ? EXPLICIT_PRIORITY : SCHEDULED_PRIORITY,
        signal: active.signal,
      },
      () => this.#upstreamStage(active, project),
    )
    if (!endedWell(result.outcome)) return this.#upstreamFailed(result)
    if (active.wish.dryRun) return { state: 'succeeded' as const, error: null }
    const patch = {
      generation: project.generation + 1,
      total_files: result.summary.total_files,
      total_size: result.summary.total_size,
    }
    await this.#deps.store.updateProject(active.key, (current) => ({ ...current, ...patch }))
    return this.#fanOutStage(active, { ...project, ...patch })
  }

  async #upstreamStage(active: ActiveRun, project: StoredProject): Promise<PullResult> {
    const at = this.#isoNow()
    await active.move('syncing', (run) => ({
      started_at: at,
      attempt: 1,
      upstream: { ...run.upstream, state: 'syncing', started_at: at },
    }))
    const log = this.#deps.logs.openUpstream(active.run.run)
    try {
      const result = await runUpstreamStage(this.#deps.upstream, {
        project,
        wish: active.wish,
        signal: active.signal,
        log,
      })
      const state = endedWell(result.outcome) ? 'succeeded' : result.outcome === 'stopped' ? 'stopped' : 'failed'
      await active.change((run) => ({ ...run, upstream: endedUpstream(run.upstream, state, result, this.#isoNow()) }))
      return result
    } catch (error) {
      const end = { exitCode: null, summary: null, error: error instanceof Error ? error.message : String(error) }
      await active.change((run) => ({ ...run, upstream: endedUpstream(run.upstream, 'failed', end, this.#isoNow()) }))
      throw error
    } finally {
      log.finish()
    }
  }

  #upstreamFailed(result: PullResult) {
    if (result.outcome === 'stopped') return { state: 'stopped' as const, error: null }
    return { state: 'failed' as const, error: { code: 'UPSTREAM_FAILED', message: result.error ?? 'rsync failed' } }
  }

  async #fanOutStage(active: ActiveRun, project: StoredProject) {
    const slaves = await this.#deps.store.listSlaves()
    await active.move('fanning_out', () => ({ generation: project.generation, slaves: slaves.map(newSlaveStage) }))
    await runFanOutStage(this.#deps.fanOut, active, project, slaves)
    if (active.signal.aborted) return { state: 'stopped' as const, error: null }
    const judged = judgeFanOut(active.run.slaves)
    const error = judged.message === null ? null : { code: 'SLAVES_BEHIND', message: judged.message }
    return { state: judged.state, error }
  }

  async #mustFind(key: string): Promise<StoredProject> {
    const project = await this.#deps.store.findProjectByKey(key)
    if (project === null) throw new ProjectNotFound(key)
    return project
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

// Executes runs on this master. Every run gets an end state, whatever fails.

import { ProjectBusy } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { LimitedQueue } from '../../shared/flow/limited-queue.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { viewProject } from '../records/project-view.ts'
import { isWaitingSync } from '../records/requests.ts'
import { closedUpstream, type RunEnd, type RunRequest } from '../records/run.ts'
import type { Pipeline } from '../stages/pipeline.ts'
import { ActiveRun, Interruption } from './active-run.ts'
import { ActiveRuns } from './active-runs.ts'
import type { RunLogs } from './run-logs.ts'
import type { RunStore } from './run-store.ts'
import type { LockedProject } from './runs.ts'
import { TreeLocks } from './tree-locks.ts'

export interface RunExecutorDeps {
  pipeline: Pipeline
  runStore: RunStore
  /** Where the upstream stages of runs wait for their turn. */
  turns: LimitedQueue
  events: EventBus<MasterEvents>
  logs: Pick<RunLogs, 'prune'>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export class RunExecutor {
  readonly active = new ActiveRuns()
  readonly treeLocks = new TreeLocks()
  readonly #deps: RunExecutorDeps

  constructor(deps: RunExecutorDeps) {
    this.#deps = deps
  }

  /** How many runs wait for a turn or have one. While there are enough, no more are fetched from the job queue. */
  get turns(): number {
    return this.#deps.turns.size
  }

  /** Moves a waiting run ahead of runs with a lower priority. */
  promote(run: string, priority: number): void {
    this.#deps.turns.promote(run, priority)
  }

  /** Makes a run active. Nothing is stored yet. */
  begin(key: string, request: RunRequest, run: Run): ActiveRun {
    const { runStore, events } = this.#deps
    const active = new ActiveRun(key, request, run, {
      start: (waiting) => runStore.start(key, waiting),
      save: async (changed) => {
        // A client that sees the end of a run sees it in the project too, and can request the next run.
        if (hasEnded(changed.state)) this.tellProject(await runStore.end(key, changed))
        else await runStore.save(key, changed)
      },
      told: (changed) => {
        if (hasEnded(changed.state)) this.active.remove(active)
        events.publish('run.changed', { id: changed.id, key, run: changed })
      },
      shown: (changed) => events.publish('run.progress', { id: changed.id, key, run: changed }),
    })
    this.active.add(active)
    return active
  }

  /** Executes a run in the background; `after` is called when it has ended. */
  execute(active: ActiveRun, after: () => Promise<void>): void {
    this.active.execute(active, this.#execute(active, after))
  }

  /** Does `work` under the project's tree lock; a run that starts meanwhile waits, as queued. @throws {ProjectBusy} */
  async withTreeLock<T>({ id, key }: LockedProject, work: () => Promise<T>): Promise<T> {
    if (this.active.isActive(key) || this.treeLocks.isLocked(key)) throw new ProjectBusy(id)
    return this.treeLocks.hold(key, work)
  }

  tellProject(project: StoredProject): void {
    const { id, key } = project
    this.#deps.events.publish('project.changed', { id, key, project: viewProject(project) })
  }

  /** Executes a run to its end. Never rejects: an error ends the run as failed. */
  async #execute(active: ActiveRun, after: () => Promise<void>): Promise<void> {
    const { runStore, logs, now, onError } = this.#deps
    const end = await this.#runPipeline(active)
    try {
      if (end.state === 'interrupted' && isWaitingSync(active.run)) await runStore.putBack(active.key, active.run)
      else {
        const finished_at = new Date(now()).toISOString()
        await active.move(end.state, ({ upstream }) => ({
          finished_at,
          error: end.error,
          upstream: closedUpstream(upstream, end.state, finished_at),
        }))
        await logs.prune(active.key)
      }
    } catch (error) {
      onError(error, { run: active.run.run })
    }
    // A run that is no longer executed must not block its project, even when its end could not be saved.
    this.active.remove(active)
    await after().catch((error) => onError(error, { run: active.run.run }))
  }

  async #runPipeline(active: ActiveRun): Promise<RunEnd> {
    try {
      await this.treeLocks.released(active.key)
      active.signal.throwIfAborted()
      if (active.request.onlySlaves === undefined) {
        await this.active.turnOf(active)
        // Slaves that are catching up would copy a tree that changes meanwhile; this run tells them anyway.
        const refresh = this.active.refreshOf(active.key)
        if (refresh !== undefined) await this.active.stop(refresh)
      }
      const end = await this.#deps.pipeline(active)
      return end.state === 'stopped' ? endOfAborted(active) : end
    } catch (error) {
      if (active.signal.aborted) return endOfAborted(active)
      this.#deps.onError(error, { run: active.run.run })
      return {
        state: 'failed',
        error: { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) },
      }
    }
  }
}

function endOfAborted({ signal }: ActiveRun): RunEnd {
  const { reason } = signal
  if (!(reason instanceof Interruption)) return { state: 'stopped', error: null }
  return { state: 'interrupted', error: { code: 'INTERRUPTED', message: reason.message } }
}

// Carries runs through their stages on this master, and gives each an end, whatever goes wrong inside.

import { ProjectBusy } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { viewProject } from '../records/project-view.ts'
import type { RunEnd, RunRequest } from '../records/run.ts'
import { RunPipeline, type RunPipelineDeps } from '../stages/pipeline.ts'
import { ActiveRun, Interruption } from './active-run.ts'
import { ActiveRuns } from './active-runs.ts'
import type { LockedProject } from './runs.ts'
import { TreeLocks } from './tree-locks.ts'

export interface RunExecutorDeps extends RunPipelineDeps {
  events: EventBus<MasterEvents>
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** How runs are kept: `save` one that goes on, `end` one that has ended, and its project with it. */
export interface RunKeeper {
  save: (key: string, run: Run) => Promise<void>
  end: (key: string, run: Run) => Promise<StoredProject>
}

export class RunExecutor {
  readonly active = new ActiveRuns()
  readonly treeLocks = new TreeLocks()
  readonly #deps: RunExecutorDeps
  readonly #pipeline: RunPipeline
  readonly #keeper: RunKeeper

  constructor(deps: RunExecutorDeps, keeper: RunKeeper) {
    this.#deps = deps
    this.#pipeline = new RunPipeline(deps)
    this.#keeper = keeper
  }

  /** How many runs wait for a turn or have one: more than a few of them need not be fetched from elsewhere. */
  get turns(): number {
    return this.#pipeline.turns
  }

  /** Lets a waiting run go before the scheduled ones. */
  promote(run: string): void {
    this.#pipeline.promote(run)
  }

  /** Makes a run active. Nothing is stored yet. */
  begin(key: string, request: RunRequest, run: Run): ActiveRun {
    const active = new ActiveRun(key, request, run, {
      save: async (changed) => {
        // Who sees that a run has ended sees its project that way too, and can ask for the next.
        if (hasEnded(changed.state)) this.tellProject(await this.#keeper.end(key, changed))
        else await this.#keeper.save(key, changed)
      },
      told: (changed) => {
        if (hasEnded(changed.state)) this.active.remove(active)
        this.#deps.events.publish('run.changed', { id: changed.id, key, run: changed })
      },
      shown: (changed) => this.#deps.events.publish('run.progress', { id: changed.id, key, run: changed }),
    })
    this.active.add(active)
    return active
  }

  /** Carries a run in the background; `after` is called when it has ended. */
  execute(active: ActiveRun, after: () => Promise<void>): void {
    this.active.execute(active, this.#execute(active, after))
  }

  /** Does `work` while no run does anything: one that is begun meanwhile waits, as queued. @throws {ProjectBusy} */
  async withTreeLock<T>({ id, key }: LockedProject, work: () => Promise<T>): Promise<T> {
    if (this.active.isActive(key) || this.treeLocks.isLocked(key)) throw new ProjectBusy(id)
    return this.treeLocks.hold(key, work)
  }

  tellProject(project: StoredProject): void {
    const { id, key } = project
    this.#deps.events.publish('project.changed', { id, key, project: viewProject(project) })
  }

  /** Carries a run to its end and never throws: what goes wrong inside ends the run as failed. */
  async #execute(active: ActiveRun, after: () => Promise<void>): Promise<void> {
    const end = await this.#runPipeline(active)
    try {
      const finished_at = new Date(this.#deps.now()).toISOString()
      await active.move(end.state, () => ({ finished_at, error: end.error }))
      await this.#deps.logs.prune(active.key)
    } catch (error) {
      this.#deps.onError(error, { run: active.run.run })
    }
    // Whatever could not be written, a run that nobody carries any more must not block its project.
    this.active.remove(active)
    await after().catch((error) => this.#deps.onError(error, { run: active.run.run }))
  }

  async #runPipeline(active: ActiveRun): Promise<RunEnd> {
    try {
      await this.treeLocks.released(active.key)
      active.signal.throwIfAborted()
      if (active.request.onlySlaves === undefined) {
        // Slaves that are catching up would copy a tree in motion; this run tells them anyway.
        const refresh = this.active.refreshOf(active.key)
        if (refresh !== undefined) await this.active.stop(refresh)
      }
      const end = await this.#pipeline.run(active)
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

// The one writer of runs: takes wishes, carries each through its stages, and gives it an end.

import { RunEnded, RunNotFound, Stopping } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/events.ts'
import { hasEnded } from '../../shared/run-state.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { formatRunId, getProject } from '../store/store.ts'
import { ActiveRun } from './active-run.ts'
import { ActiveRuns } from './active-runs.ts'
import { RunPipeline, type RunPipelineDeps } from './run-pipeline.ts'
import { afterRun, interruptedRun, newRun, plainWish, type RunEnd, type RunWish } from './run-record.ts'
import { viewProject } from './view-project.ts'

export interface RunServiceDeps extends RunPipelineDeps {
  events: EventBus<MasterEvents>
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** What came of a wish: the run, and whether it was there already. */
export interface Enqueued {
  run: Run
  note: 'sync initiated' | 'already queued' | 'already running'
}

export class RunService {
  readonly #deps: RunServiceDeps
  readonly #pipeline: RunPipeline
  readonly #active = new ActiveRuns()
  #stopping = false

  constructor(deps: RunServiceDeps) {
    this.#deps = deps
    this.#pipeline = new RunPipeline(deps)
  }

  /** True while anything writes to, or reads from, the project's tree. */
  isActive(key: string): boolean {
    return this.#active.syncOf(key) !== undefined || this.#active.refreshOf(key) !== undefined
  }

  /** True while a run may change the project's tree. */
  isSyncing(key: string): boolean {
    return this.#active.syncOf(key) !== undefined
  }

  /**
   * Queues a run. When the project has one already, an explicit wish gets that one, and a scheduled one is kept to run
   * once more after it. `nextRunTime` (ISO 8601 or null) is stored with it when given, in one write.
   */
  async enqueue(key: string, wish: RunWish, nextRunTime?: string | null): Promise<Enqueued> {
    if (this.#stopping) throw new Stopping()
    const next = nextRunTime === undefined ? {} : { next_run_time: nextRunTime }
    const present = this.#active.syncOf(key)
    if (present !== undefined) return this.#join(present, wish, next)
    const project = await getProject(this.#deps.store, key)
    // The store answers at its own pace: somebody may have been faster.
    const faster = this.#active.syncOf(key)
    if (faster !== undefined) return this.#join(faster, wish, next)
    return { run: await this.#start(project, wish, next), note: 'sync initiated' }
  }

  /** Brings slaves up to date that are behind; null when the project is busy, and will tell them itself. */
  async refresh(key: string, slaveIds: readonly string[]): Promise<Run | null> {
    const project = await getProject(this.#deps.store, key)
    if (this.#stopping || this.isActive(key)) return null
    return this.#start(project, { ...plainWish('catch_up'), onlySlaves: slaveIds }, {})
  }

  /** Stops a run, wherever it is; resolves when it has ended. @throws {RunNotFound} @throws {RunEnded} */
  async stop(runId: string): Promise<Run> {
    const active = this.#active.find(runId)
    if (active === undefined) {
      if ((await this.#deps.store.findRun(runId)) === null) throw new RunNotFound(runId)
      throw new RunEnded(runId)
    }
    await this.#active.stop(active)
    return active.run
  }

  /** Stops what the project is doing, if anything; resolves when it has ended. */
  stopProject(key: string): Promise<void> {
    return this.#active.stopAll((active) => active.key === key)
  }

  /** The run with its newest progress, stored or active. @throws {RunNotFound} */
  async get(runId: string): Promise<Run> {
    const run = this.#active.find(runId)?.run ?? (await this.#deps.store.findRun(runId))
    if (run === null) throw new RunNotFound(runId)
    return run
  }

  /** A run that has not ended, for who has a part in it. */
  findActive(runId: string): ActiveRun | undefined {
    return this.#active.find(runId)
  }

  /** Every run that has not ended, with its newest progress. */
  listActive(): Run[] {
    return this.#active.list().map((active) => active.run)
  }

  /**
   * After a start: gives an end to the runs that an earlier process did not live to see the end of.
   * Returns the keys of their projects.
   */
  async recover(): Promise<string[]> {
    const keys: string[] = []
    for (const project of await this.#deps.store.listProjects()) {
      for (const runId of project.active_runs) {
        const run = await this.#deps.store.findRun(runId)
        const ended = run === null || hasEnded(run.state) ? run : interruptedRun(run, this.#isoNow())
        if (ended !== null && ended !== run) await this.#save(project.key, ended)
        await this.#closeProject(project.key, runId, ended)
      }
      if (project.active_runs.length > 0) keys.push(project.key)
    }
    return keys
  }

  /** Stops every run and resolves when all have ended; nothing is queued any more. */
  stopAll(): Promise<void> {
    this.#stopping = true
    return this.#active.stopAll(() => true)
  }

  async #start(project: StoredProject, wish: RunWish, next: Partial<StoredProject>): Promise<Run> {
    const { key } = project
    const number = this.#active.nextNumber(key, project.runs_made)
    const runId = formatRunId(key, number)
    const run = newRun(runId, project, wish, this.#isoNow())
    const active = new ActiveRun(key, wish, run, {
      save: async (changed) => {
        await this.#save(key, changed)
        // Who sees that a run has ended sees its project that way too, and can ask for the next.
        if (hasEnded(changed.state)) await this.#closeProject(key, runId, changed)
      },
      told: (changed) => {
        if (hasEnded(changed.state)) this.#active.remove(active)
        this.#deps.events.publish('run.changed', { id: changed.id, key, run: changed })
      },
      shown: (changed) => this.#deps.events.publish('run.progress', { id: changed.id, key, run: changed }),
    })
    this.#active.add(active)
    try {
      // At once: a run that its project does not know of after a crash is written over by the next of its number, and
      // one that is known but was not written is forgotten at the next start.
      const known = this.#deps.store.updateProject(key, (current) => ({
        ...current,
        ...next,
        runs_made: Math.max(current.runs_made, number),
        last_queued_at: run.queued_at,
        active_runs: [...current.active_runs, runId],
      }))
      await Promise.all([known, active.change((same) => same)])
    } catch (error) {
      this.#active.remove(active)
      throw error
    }
    // Told to stop while this was written: it ends before it begins.
    if (this.#stopping) active.controller.abort()
    this.#active.carry(active, this.#carry(active))
    return run
  }

  async #join(active: ActiveRun, wish: RunWish, next: Partial<StoredProject>): Promise<Enqueued> {
    if (wish.trigger === 'explicit') {
      this.#pipeline.promote(active.run.run)
      return { run: active.run, note: active.run.state === 'queued' ? 'already queued' : 'already running' }
    }
    const dueAgain = active.run.state !== 'queued'
    await this.#deps.store.updateProject(active.key, (project) => ({
      ...project,
      ...next,
      due_again: project.due_again || dueAgain,
    }))
    return { run: active.run, note: dueAgain ? 'already running' : 'already queued' }
  }

  /** Carries a run to its end and never throws: what goes wrong inside ends the run as failed. */
  async #carry(active: ActiveRun): Promise<void> {
    const end = await this.#runPipeline(active)
    try {
      await active.move(end.state, () => ({ finished_at: this.#isoNow(), error: end.error }))
      await this.#deps.logs.prune(active.key)
    } catch (error) {
      this.#deps.onError(error, { run: active.run.run })
    }
    // Whatever could not be written, a run that nobody carries any more must not block its project.
    this.#active.remove(active)
    await this.#runAgainIfDue(active.key)
  }

  async #runPipeline(active: ActiveRun): Promise<RunEnd> {
    try {
      if (active.wish.onlySlaves === undefined) {
        // Slaves that are catching up would copy a tree in motion; this run tells them anyway.
        const refresh = this.#active.refreshOf(active.key)
        if (refresh !== undefined) await this.#active.stop(refresh)
      }
      return await this.#pipeline.run(active)
    } catch (error) {
      if (active.signal.aborted) return { state: 'stopped', error: null }
      this.#deps.onError(error, { run: active.run.run })
      return {
        state: 'failed',
        error: { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) },
      }
    }
  }

  async #closeProject(key: string, runId: string, run: Run | null): Promise<void> {
    const project = await this.#deps.store.updateProject(key, (current) => ({
      ...current,
      active_runs: current.active_runs.filter((one) => one !== runId),
      ...(run === null ? {} : afterRun(current, run)),
    }))
    this.#deps.events.publish('project.changed', { id: project.id, key, project: viewProject(project) })
  }

  async #runAgainIfDue(key: string): Promise<void> {
    try {
      const project = await this.#deps.store.findProjectByKey(key)
      if (this.#stopping || project === null || !project.due_again) return
      await this.#deps.store.updateProject(key, (current) => ({ ...current, due_again: false }))
      if (project.enabled) await this.enqueue(key, plainWish('catch_up'))
    } catch (error) {
      this.#deps.onError(error, { key })
    }
  }

  async #save(key: string, run: Run): Promise<void> {
    await this.#deps.store.saveRun(key, run, this.#deps.settings.RUN_HISTORY)
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

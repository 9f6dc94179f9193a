// The one writer of runs: takes wishes, carries each through its stages, and receives what slaves report.

import { ProjectNotFound, RunEnded, RunNotFound, Stopping } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/events.ts'
import { hasEnded } from '../../shared/run-state.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { SlaveProgress, SlaveReport } from '../../shared/schemas/messages.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { formatRunId, parseRunId } from '../store/store.ts'
import { ActiveRun } from './active-run.ts'
import { RunPipeline, type RunPipelineDeps } from './run-pipeline.ts'
import { interruptedRun, newRun, type RunEnd, type RunWish } from './run-record.ts'

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
  /** By the project's key: one project never runs twice at once. */
  readonly #active = new Map<string, ActiveRun>()
  readonly #carrying = new Map<ActiveRun, Promise<void>>()
  #stopping = false

  constructor(deps: RunServiceDeps) {
    this.#deps = deps
    this.#pipeline = new RunPipeline(deps)
  }

  /** Jobs that wait for an upstream stage. */
  get queueLength(): number {
    return this.#pipeline.queueLength
  }

  isActive(key: string): boolean {
    return this.#active.has(key)
  }

  /**
   * Queues a run. When the project has one already, an explicit wish gets that one, and a scheduled one is kept to run
   * once more after it. `nextRunTime` (ISO 8601 or null) is stored with it when given, in one write.
   */
  async enqueue(key: string, wish: RunWish, nextRunTime?: string | null): Promise<Enqueued> {
    if (this.#stopping) throw new Stopping()
    const next = nextRunTime === undefined ? {} : { next_run_time: nextRunTime }
    const present = this.#active.get(key)
    if (present !== undefined) return this.#join(present, wish, next)

    const project = await this.#mustFind(key)
    // The store answers at its own pace: somebody may have been faster.
    const faster = this.#active.get(key)
    if (faster !== undefined) return this.#join(faster, wish, next)
    const runId = formatRunId(key, project.runs_made + 1)
    const run = newRun(runId, project, wish, this.#isoNow())
    const active = new ActiveRun(key, wish, run, {
      save: async (changed) => {
        await this.#save(key, changed)
        // Who sees that a run has ended sees its project that way too, and can ask for the next.
        if (hasEnded(changed.state)) await this.#closeProject(key, changed)
      },
      told: (changed) => {
        if (hasEnded(changed.state)) this.#active.delete(key)
        this.#deps.events.publish('run.changed', { id: changed.id, key, run: changed })
      },
    })
    this.#active.set(key, active)
    try {
      await this.#deps.store.updateProject(key, (current) => ({
        ...current,
        ...next,
        runs_made: current.runs_made + 1,
        last_queued_at: run.queued_at,
        active_run: runId,
      }))
      await active.change((same) => same)
    } catch (error) {
      this.#active.delete(key)
      throw error
    }
    this.#carrying.set(active, this.#carry(active))
    return { run, note: 'sync initiated' }
  }

  /** Stops a run, wherever it is; resolves when it has ended. @throws {RunNotFound} @throws {RunEnded} */
  async stop(runId: string): Promise<Run> {
    const active = this.#findActive(runId)
    if (active === undefined) {
      if ((await this.#deps.store.findRun(runId)) === null) throw new RunNotFound(runId)
      throw new RunEnded(runId)
    }
    active.controller.abort()
    await this.#carrying.get(active)
    return active.run
  }

  /** Stops what the project is doing, if anything; resolves when it has ended. */
  async stopProject(key: string): Promise<void> {
    const active = this.#active.get(key)
    if (active === undefined) return
    active.controller.abort()
    await this.#carrying.get(active)
  }

  /** The run with its newest progress, stored or active. @throws {RunNotFound} */
  async get(runId: string): Promise<Run> {
    const run = this.#findActive(runId)?.run ?? (await this.#deps.store.findRun(runId))
    if (run === null) throw new RunNotFound(runId)
    return run
  }

  /** Takes a slave's report; the same one again changes nothing. @throws {RunNotFound} */
  async receiveReport(report: SlaveReport): Promise<void> {
    const run = await this.get(report.run)
    const stage = run.slaves.find((slave) => slave.slave_id === report.slave_id)
    const key = parseRunId(report.run)?.key
    if (stage === undefined || key === undefined) throw new RunNotFound(report.run)
    await this.#deps.logs.saveSlave(report.run, report.slave_id, report.log)
    if (report.state === 'succeeded' && report.generation !== null) {
      await this.#rememberAnchor(key, report.slave_id, report.generation)
    }
    const active = this.#findActive(report.run)
    if (active === undefined || ['succeeded', 'failed', 'stopped'].includes(stage.state)) return
    await active.moveSlave(report.slave_id, report.state, {
      started_at: report.started_at,
      finished_at: report.finished_at,
      exit_code: report.exit_code,
      summary: report.summary,
      error: report.error,
      generation: report.generation,
      method: 'slow',
    })
  }

  /** Takes a slave's progress. @throws {RunNotFound} for a run that is not active. */
  receiveProgress(message: SlaveProgress): void {
    if (this.#findActive(message.run) === undefined) throw new RunNotFound(message.run)
  }

  /**
   * After a start: gives an end to the runs that an earlier process did not live to see the end of.
   * Returns the keys of their projects.
   */
  async recover(): Promise<string[]> {
    const keys: string[] = []
    for (const project of await this.#deps.store.listProjects()) {
      if (project.active_run === null) continue
      const run = await this.#deps.store.findRun(project.active_run)
      const interrupted = run === null || hasEnded(run.state) ? run : interruptedRun(run, this.#isoNow())
      if (interrupted !== null && interrupted !== run) await this.#save(project.key, interrupted)
      await this.#closeProject(project.key, interrupted)
      keys.push(project.key)
    }
    return keys
  }

  /** Stops every run and resolves when all have ended; nothing is queued any more. */
  async stopAll(): Promise<void> {
    this.#stopping = true
    for (const active of this.#active.values()) active.controller.abort()
    await Promise.all(this.#carrying.values())
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
    let endState: RunEnd
    try {
      endState = await this.#pipeline.run(active)
    } catch (error) {
      if (active.signal.aborted) endState = { state: 'stopped', error: null }
      else {
        this.#deps.onError(error, { run: active.run.run })
        const message = error instanceof Error ? error.message : String(error)
        endState = { state: 'failed', error: { code: 'INTERNAL', message } }
      }
    }
    try {
      await active.move(endState.state, () => ({ finished_at: this.#isoNow(), error: endState.error }))
      await this.#deps.logs.prune(active.key)
    } catch (error) {
      this.#deps.onError(error, { run: active.run.run })
    }
    // Whatever could not be written, a run that nobody carries any more must not block its project.
    if (this.#active.get(active.key) === active) this.#active.delete(active.key)
    this.#carrying.delete(active)
    await this.#runAgainIfDue(active.key)
  }

  async #closeProject(key: string, run: Run | null): Promise<void> {
    const project = await this.#deps.store.updateProject(key, (current) => ({
      ...current,
      active_run: null,
      ...(run === null ? {} : { last_run: { run: run.run, state: run.state, finished_at: run.finished_at } }),
    }))
    this.#deps.events.publish('project.changed', { id: project.id, key })
  }

  async #runAgainIfDue(key: string): Promise<void> {
    if (this.#stopping) return
    try {
      const project = await this.#deps.store.findProjectByKey(key)
      if (project === null || !project.due_again) return
      await this.#deps.store.updateProject(key, (current) => ({ ...current, due_again: false }))
      if (project.enabled) await this.enqueue(key, { trigger: 'catch_up', mode: 'sync', dryRun: false, force: false })
    } catch (error) {
      this.#deps.onError(error, { key })
    }
  }

  async #rememberAnchor(key: string, slaveId: string, generation: number): Promise<void> {
    await this.#deps.store.updateProject(key, (project) =>
      (project.anchors[slaveId] ?? 0) >= generation
        ? project
        : { ...project, anchors: { ...project.anchors, [slaveId]: generation } },
    )
    this.#deps.events.publish('slave.changed', { slave_id: slaveId })
  }

  async #save(key: string, run: Run): Promise<void> {
    await this.#deps.store.saveRun(key, run, this.#deps.settings.RUN_HISTORY)
  }

  #findActive(runId: string): ActiveRun | undefined {
    const active = this.#active.get(parseRunId(runId)?.key ?? '')
    return active?.run.run === runId ? active : undefined
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

// The one writer of runs where one master has them all: takes requests, has them carried, and keeps their records.

import { RunEnded, RunNotFound, Stopping } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { afterRun, interruptedRun, newRun, plainRequest, type RunRequest } from '../records/run.ts'
import type { ActiveRun } from '../runs/active-run.ts'
import { RunExecutor, type RunExecutorDeps } from '../runs/run-executor.ts'
import type { Enqueued, FireTime, LockedProject, Runs } from '../runs/runs.ts'
import { formatRunId, getProject } from '../store/store.ts'

export class RunService implements Runs {
  readonly #deps: RunExecutorDeps
  readonly #executor: RunExecutor
  #stopping = false

  constructor(deps: RunExecutorDeps) {
    this.#deps = deps
    this.#executor = new RunExecutor(deps, {
      save: (key, run) => this.#save(key, run),
      end: async (key, run) => {
        await this.#save(key, run)
        return this.#closeProject(key, run.run, run)
      },
    })
  }

  isActive(key: string): boolean {
    return this.#executor.active.isActive(key)
  }

  isSyncing(key: string): boolean {
    return this.#executor.active.syncOf(key) !== undefined
  }

  withTreeLock<T>(project: LockedProject, work: () => Promise<T>): Promise<T> {
    return this.#executor.withTreeLock(project, work)
  }

  async enqueue(key: string, request: RunRequest, fire?: FireTime): Promise<Enqueued> {
    if (this.#stopping) throw new Stopping()
    const next = fire === undefined ? {} : { next_run_time: fire.next }
    const present = this.#executor.active.syncOf(key)
    if (present !== undefined) return this.#join(present, request, next)
    const project = await getProject(this.#deps.store, key)
    // The store answers at its own pace: somebody may have been faster.
    const faster = this.#executor.active.syncOf(key)
    if (faster !== undefined) return this.#join(faster, request, next)
    return { run: await this.#start(project, request, next), note: 'sync initiated' }
  }

  async refresh(key: string, slaveIds: readonly string[]): Promise<Run | null> {
    const project = await getProject(this.#deps.store, key)
    if (this.#stopping || this.isActive(key)) return null
    return this.#start(project, { ...plainRequest('catch_up'), onlySlaves: slaveIds }, {})
  }

  async stop(runId: string): Promise<Run> {
    const active = this.#executor.active.find(runId)
    if (active === undefined) {
      if ((await this.#deps.store.findRun(runId)) === null) throw new RunNotFound(runId)
      throw new RunEnded(runId)
    }
    await this.#executor.active.stop(active)
    return active.run
  }

  stopProject(key: string): Promise<void> {
    return this.#executor.active.stopAll((active) => active.key === key)
  }

  async get(runId: string): Promise<Run> {
    const run = this.#executor.active.find(runId)?.run ?? (await this.#deps.store.findRun(runId))
    if (run === null) throw new RunNotFound(runId)
    return run
  }

  findActive(runId: string): ActiveRun | undefined {
    return this.#executor.active.find(runId)
  }

  listActive(): Run[] {
    return this.#executor.active.list().map((active) => active.run)
  }

  listOwn(): Run[] {
    return this.listActive()
  }

  isElsewhere(): boolean {
    return false
  }

  async recover(): Promise<string[]> {
    const keys: string[] = []
    for (const project of await this.#deps.store.listProjects()) {
      for (const runId of project.active_runs) {
        const run = await this.#deps.store.findRun(runId)
        const ended = run === null || hasEnded(run.state) ? run : interruptedRun(run, this.#isoNow())
        if (ended !== null && ended !== run) await this.#save(project.key, ended)
        this.#executor.tellProject(await this.#closeProject(project.key, runId, ended))
      }
      if (project.active_runs.length > 0) keys.push(project.key)
    }
    return keys
  }

  stopAll(): Promise<void> {
    this.#stopping = true
    return this.#executor.active.stopAll(() => true)
  }

  async #start(project: StoredProject, request: RunRequest, next: Partial<StoredProject>): Promise<Run> {
    const { key } = project
    const number = this.#executor.active.nextNumber(key, project.runs_made)
    const runId = formatRunId(key, number)
    const run = newRun(runId, project, request, this.#isoNow(), this.#deps.settings.MASTER_NODE)
    const active = this.#executor.begin(key, request, run)
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
      this.#executor.active.remove(active)
      throw error
    }
    // Told to stop while this was written: it ends before it begins.
    if (this.#stopping) active.controller.abort()
    this.#executor.execute(active, () => this.#runAgainIfDue(key))
    return run
  }

  async #join(active: ActiveRun, request: RunRequest, next: Partial<StoredProject>): Promise<Enqueued> {
    if (request.trigger === 'explicit') {
      this.#executor.promote(active.run.run)
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

  #closeProject(key: string, runId: string, run: Run | null): Promise<StoredProject> {
    return this.#deps.store.updateProject(key, (current) => ({
      ...current,
      active_runs: current.active_runs.filter((one) => one !== runId),
      ...(run === null ? {} : afterRun(current, run)),
    }))
  }

  async #runAgainIfDue(key: string): Promise<void> {
    const project = await this.#deps.store.findProjectByKey(key)
    if (this.#stopping || project === null || !project.due_again) return
    await this.#deps.store.updateProject(key, (current) => ({ ...current, due_again: false }))
    if (project.enabled) await this.enqueue(key, plainRequest('catch_up'))
  }

  async #save(key: string, run: Run): Promise<void> {
    await this.#deps.store.saveRun(key, run, this.#deps.settings.RUN_HISTORY)
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

// The one writer of runs where one master has them all: takes wishes, has them carried, and keeps their records.

import { RunEnded, RunNotFound, Stopping } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { afterRun, interruptedRun, newRun, plainWish, type RunWish } from '../records/run.ts'
import type { ActiveRun } from '../runs/active-run.ts'
import { RunCarrier, type RunCarrierDeps } from '../runs/run-executor.ts'
import type { Enqueued, FireTime, RestingProject, Runs } from '../runs/runs.ts'
import { formatRunId, getProject } from '../store/store.ts'

export class RunService implements Runs {
  readonly #deps: RunCarrierDeps
  readonly #carrier: RunCarrier
  #stopping = false

  constructor(deps: RunCarrierDeps) {
    this.#deps = deps
    this.#carrier = new RunCarrier(deps, {
      save: (key, run) => this.#save(key, run),
      end: async (key, run) => {
        await this.#save(key, run)
        return this.#closeProject(key, run.run, run)
      },
    })
  }

  isActive(key: string): boolean {
    return this.#carrier.active.isActive(key)
  }

  isSyncing(key: string): boolean {
    return this.#carrier.active.syncOf(key) !== undefined
  }

  whileResting<T>(project: RestingProject, work: () => Promise<T>): Promise<T> {
    return this.#carrier.whileResting(project, work)
  }

  async enqueue(key: string, wish: RunWish, fire?: FireTime): Promise<Enqueued> {
    if (this.#stopping) throw new Stopping()
    const next = fire === undefined ? {} : { next_run_time: fire.next }
    const present = this.#carrier.active.syncOf(key)
    if (present !== undefined) return this.#join(present, wish, next)
    const project = await getProject(this.#deps.store, key)
    // The store answers at its own pace: somebody may have been faster.
    const faster = this.#carrier.active.syncOf(key)
    if (faster !== undefined) return this.#join(faster, wish, next)
    return { run: await this.#start(project, wish, next), note: 'sync initiated' }
  }

  async refresh(key: string, slaveIds: readonly string[]): Promise<Run | null> {
    const project = await getProject(this.#deps.store, key)
    if (this.#stopping || this.isActive(key)) return null
    return this.#start(project, { ...plainWish('catch_up'), onlySlaves: slaveIds }, {})
  }

  async stop(runId: string): Promise<Run> {
    const active = this.#carrier.active.find(runId)
    if (active === undefined) {
      if ((await this.#deps.store.findRun(runId)) === null) throw new RunNotFound(runId)
      throw new RunEnded(runId)
    }
    await this.#carrier.active.stop(active)
    return active.run
  }

  stopProject(key: string): Promise<void> {
    return this.#carrier.active.stopAll((active) => active.key === key)
  }

  async get(runId: string): Promise<Run> {
    const run = this.#carrier.active.find(runId)?.run ?? (await this.#deps.store.findRun(runId))
    if (run === null) throw new RunNotFound(runId)
    return run
  }

  findActive(runId: string): ActiveRun | undefined {
    return this.#carrier.active.find(runId)
  }

  listActive(): Run[] {
    return this.#carrier.active.list().map((active) => active.run)
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
        this.#carrier.tellProject(await this.#closeProject(project.key, runId, ended))
      }
      if (project.active_runs.length > 0) keys.push(project.key)
    }
    return keys
  }

  stopAll(): Promise<void> {
    this.#stopping = true
    return this.#carrier.active.stopAll(() => true)
  }

  async #start(project: StoredProject, wish: RunWish, next: Partial<StoredProject>): Promise<Run> {
    const { key } = project
    const number = this.#carrier.active.nextNumber(key, project.runs_made)
    const runId = formatRunId(key, number)
    const run = newRun(runId, project, wish, this.#isoNow(), this.#deps.settings.MASTER_NODE)
    const active = this.#carrier.begin(key, wish, run)
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
      this.#carrier.active.remove(active)
      throw error
    }
    // Told to stop while this was written: it ends before it begins.
    if (this.#stopping) active.controller.abort()
    this.#carrier.carry(active, () => this.#runAgainIfDue(key))
    return run
  }

  async #join(active: ActiveRun, wish: RunWish, next: Partial<StoredProject>): Promise<Enqueued> {
    if (wish.trigger === 'explicit') {
      this.#carrier.promote(active.run.run)
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
    if (project.enabled) await this.enqueue(key, plainWish('catch_up'))
  }

  async #save(key: string, run: Run): Promise<void> {
    await this.#deps.store.saveRun(key, run, this.#deps.settings.RUN_HISTORY)
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

// The runs of a single master: queues requests, has them executed, and saves their records.

import { RunEnded, RunNotFound, Stopping } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { withDueAgain, withQueuedRun } from '../records/project.ts'
import { interruptedRun, newRun, plainRequest, type RunRequest } from '../records/run.ts'
import type { ActiveRun } from '../runs/active-run.ts'
import type { RunExecutor } from '../runs/run-executor.ts'
import type { Enqueued, FireTime, LockedProject, Runs } from '../runs/runs.ts'
import { formatRunId, getProject, type Store } from '../store/store.ts'
import type { SoloRunStore } from './run-store.ts'

export interface SoloRunsDeps {
  store: Store
  executor: RunExecutor
  runStore: SoloRunStore
  /** The name of this master. */
  node: string
  now: () => number
}

export class SoloRuns implements Runs {
  readonly #deps: SoloRunsDeps
  readonly #executor: RunExecutor
  #stopping = false

  constructor(deps: SoloRunsDeps) {
    this.#deps = deps
    this.#executor = deps.executor
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
    // Another request may have been faster while the store was read.
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
    const { store, runStore } = this.#deps
    const keys: string[] = []
    for (const project of await store.listProjects()) {
      for (const runId of project.active_runs) {
        const run = await store.findRun(runId)
        const ended = run === null || hasEnded(run.state) ? run : interruptedRun(run, this.#isoNow())
        if (ended !== null && ended !== run) await runStore.save(project.key, ended)
        this.#executor.tellProject(await runStore.close(project.key, runId, ended))
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
    const { store, node } = this.#deps
    const number = this.#executor.active.nextNumber(key, project.runs_made)
    const run = newRun(formatRunId(key, number), project, request, this.#isoNow(), node)
    const active = this.#executor.begin(key, request, run)
    try {
      // At the same time. After a crash, a run that its project does not list is overwritten by the next run with its
      // number, and a listed run without a record is dropped from the list at the next start.
      const known = store.updateProject(key, (current) => withQueuedRun({ ...current, ...next }, run, number))
      await Promise.all([known, active.change((same) => same)])
    } catch (error) {
      this.#executor.active.remove(active)
      throw error
    }
    // When the master was told to stop during these writes, the run ends before it starts.
    if (this.#stopping) active.controller.abort()
    this.#executor.execute(active, () => this.#runAgainIfDue(key))
    return run
  }

  async #join({ key, run }: ActiveRun, request: RunRequest, next: Partial<StoredProject>): Promise<Enqueued> {
    const isQueued = run.state === 'queued'
    const note = isQueued ? 'already queued' : 'already running'
    if (request.trigger === 'explicit') {
      this.#executor.promote(run.run, request)
      return { run, note }
    }
    await this.#deps.store.updateProject(key, (project) => withDueAgain({ ...project, ...next }, !isQueued))
    return { run, note }
  }

  async #runAgainIfDue(key: string): Promise<void> {
    const { store } = this.#deps
    const project = await store.findProjectByKey(key)
    if (this.#stopping || project === null || !project.due_again) return
    await store.updateProject(key, (current) => ({ ...current, due_again: false }))
    if (project.enabled) await this.enqueue(key, plainRequest('catch_up'))
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

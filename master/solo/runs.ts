// The runs of a single master: queues requests, has them executed, and saves their records.

import { ProjectBusy, RunEnded, RunNotFound, Stopping } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { isRealSync, withDueAgain, withQueuedRun } from '../records/project.ts'
import { isWaitingSync, placeRequest, requestOfRecord } from '../records/requests.ts'
import { interruptedRun, newRun, plainRequest, priorityOf, type RunRequest } from '../records/run.ts'
import { type ActiveRun, Interruption } from '../runs/active-run.ts'
import type { RunExecutor } from '../runs/run-executor.ts'
import { type Enqueued, enqueuedAs, type FireTime, type LockedProject, type Runs } from '../runs/runs.ts'
import { nextRunTime } from '../schedule/next-run-time.ts'
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
    return this.#executor.active.syncsOf(key).length > 0
  }

  withTreeLock<T>(project: LockedProject, work: () => Promise<T>): Promise<T> {
    return this.#executor.withTreeLock(project, work)
  }

  async enqueue(key: string, request: RunRequest, fire?: FireTime): Promise<Enqueued> {
    if (this.#stopping) throw new Stopping()
    const next = fire === undefined ? {} : { next_run_time: fire.next }
    for (;;) {
      const project = await getProject(this.#deps.store, key)
      // From here to the new run in memory nothing may be awaited: another request may be faster.
      const open = this.#executor.active.syncsOf(key).map((active) => active.run)
      const placement = placeRequest(request, open)
      if (placement.kind === 'refuse') throw new ProjectBusy(project.id)
      if (placement.kind === 'add') return enqueuedAs(placement, await this.#start(project, request, next), open)
      // A run that begins in this moment carries no further request.
      if (placement.kind === 'join' && !(await this.#join(placement.run, request, project))) continue
      const isLater = placement.kind === 'later'
      if (request.trigger !== 'explicit')
        await this.#deps.store.updateProject(key, (current) => withDueAgain({ ...current, ...next }, isLater))
      return enqueuedAs(placement, placement.run, open)
    }
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
    const { store, now } = this.#deps
    const cutOff: string[] = []
    for (const project of await store.listProjects()) {
      const { key } = project
      const runs = await Promise.all(project.active_runs.map(async (id) => ({ id, run: await store.findRun(id) })))
      const waiting = runs.flatMap(({ run }) => (run !== null && isWaitingSync(run) ? [run] : []))
      const lost = runs.filter(({ run }) => run === null || !waiting.includes(run))
      for (const { id, run } of lost) await this.#endLost(key, id, run)
      // A real sync that waits carries what was cut off, and what fell due meanwhile.
      const isCarried = waiting.some((run) => !run.dry_run)
      const carry = (one: StoredProject) => ({
        ...withDueAgain(one, false),
        next_run_time: nextRunTime(one, now() + 1),
      })
      if (isCarried) this.#executor.tellProject(await store.updateProject(key, carry))
      else if (lost.some(({ run }) => run === null || isRealSync(run))) cutOff.push(key)
      for (const run of waiting) this.#execute(this.#executor.begin(key, requestOfRecord(run), run))
    }
    return cutOff
  }

  async #endLost(key: string, id: string, run: Run | null): Promise<void> {
    const { runStore } = this.#deps
    const ended = run === null || hasEnded(run.state) ? run : interruptedRun(run, this.#isoNow())
    if (ended !== null && ended !== run) await runStore.save(key, ended)
    this.#executor.tellProject(await runStore.close(key, id, ended))
  }

  stopAll(): Promise<void> {
    this.#stopping = true
    return this.#executor.active.stopAll(
      () => true,
      new Interruption('The master was stopped in the middle of this run.'),
    )
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
      const known = store.updateProject(key, (current) =>
        withQueuedRun({ ...current, ...next, active_runs: this.#openRuns(current) }, run, number),
      )
      await Promise.all([known, active.change((same) => same)])
    } catch (error) {
      this.#executor.active.remove(active)
      this.#executor.active.giveBack(key, number)
      await this.#undoStart(project, run.run).catch(() => {})
      throw error
    }
    this.#execute(active)
    return run
  }

  /** The project is as due as it was `before`: its record may have been written, and the run's own not. */
  async #undoStart({ key, next_run_time, due_again }: StoredProject, run: string): Promise<void> {
    await this.#deps.store.updateProject(key, (current) =>
      current.active_runs.includes(run)
        ? { ...current, next_run_time, due_again, active_runs: current.active_runs.filter((one) => one !== run) }
        : current,
    )
  }

  /** Those that are still there: one whose record could not be written is listed all the same. */
  #openRuns({ active_runs }: StoredProject): string[] {
    return active_runs.filter((run) => this.#executor.active.find(run) !== undefined)
  }

  #execute(active: ActiveRun): void {
    // When the master was told to stop meanwhile, the run waits for the next start.
    if (this.#stopping) active.controller.abort(new Interruption('The master was stopped before this run began.'))
    this.#executor.execute(active, () => this.#runAgainIfDue(active.key))
  }

  async #join({ run }: Run, request: RunRequest, project: StoredProject): Promise<boolean> {
    const joined = (await this.#executor.active.find(run)?.join(request)) ?? false
    if (joined) this.#executor.promote(run, priorityOf(request, project))
    return joined
  }

  async #runAgainIfDue(key: string): Promise<void> {
    const project = await this.#deps.store.findProjectByKey(key)
    if (this.#stopping || project === null || !project.due_again) return
    if (project.enabled) await this.enqueue(key, plainRequest('catch_up'))
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

// Runs that several masters share: any of them accepts a request, the project's own master executes the run.

import { ProjectBusy, RunEnded, RunNotFound, Stopping } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { plainRequest, type RunRequest } from '../records/run.ts'
import { type ActiveRun, Interruption } from '../runs/active-run.ts'
import type { RunExecutor } from '../runs/run-executor.ts'
import type { Enqueued, FireTime, LockedProject, Runs } from '../runs/runs.ts'
import type { MasterTrees } from '../stages/master-trees.ts'
import type { Database } from '../store/postgres/database.ts'
import type { Notices } from '../store/postgres/notices.ts'
import type { Store } from '../store/store.ts'
import type { EventBridge } from './event-bridge.ts'
import type { JobQueue, RunJob } from './job-queue.ts'
import type { Masters } from './masters.ts'
import { OtherRuns } from './other-runs.ts'
import { RunFetcher } from './run-fetcher.ts'
import { RunStopper } from './run-stopper.ts'
import type { RunTransactions } from './run-transactions.ts'

export interface ClusterRunsDeps {
  store: Pick<Store, 'findRun' | 'findProjectByKey'>
  executor: RunExecutor
  database: Database
  notices: Notices
  bridge: EventBridge
  jobs: JobQueue
  transactions: RunTransactions
  masters: Masters
  trees: Pick<MasterTrees, 'forget'>
  events: EventBus<MasterEvents>
  node: string
  /** How many upstream stages may run at once. */
  syncsAtOnce: number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** A few more than may run at once wait here, so that one busy upstream does not keep the others' runs away. */
const FETCHED_PER_PLACE = 4
/** Beats between looks for jobs that were lost. */
const RESEND_EVERY = 5

export class ClusterRuns implements Runs {
  readonly #deps: ClusterRunsDeps
  readonly #executor: RunExecutor
  readonly #others: OtherRuns
  readonly #fetcher: RunFetcher
  readonly #stopper: RunStopper
  /** Keys of projects with a run that is being taken, and is not active yet. */
  readonly #taking = new Set<string>()
  #stopping = false
  #tidied = 0
  /** Runs that this master has taken according to the database, and that were not executed at the last look. */
  #missing = new Set<string>()

  constructor(deps: ClusterRunsDeps) {
    this.#deps = deps
    this.#executor = deps.executor
    this.#others = new OtherRuns(deps, (run) => this.#executor.active.find(run) !== undefined)
    const places = deps.syncsAtOnce * FETCHED_PER_PLACE
    this.#fetcher = new RunFetcher(deps, {
      room: () => (deps.masters.isFenced() ? 0 : places - this.#executor.turns),
      begin: (jobId, job) => this.#begin(jobId, job),
    })
    this.#stopper = new RunStopper(deps, this.#executor.active, (stopped) => this.tellEnded([stopped]))
    deps.bridge.onStop((run) => this.#executor.active.find(run)?.controller.abort())
  }

  isActive(key: string): boolean {
    return this.#executor.active.isActive(key)
  }

  isSyncing(key: string): boolean {
    return this.#executor.active.syncsOf(key).length > 0
  }

  async withTreeLock<T>(project: LockedProject, work: () => Promise<T>): Promise<T> {
    if (this.#taking.has(project.key)) throw new ProjectBusy(project.id)
    return this.#executor.withTreeLock(project, work)
  }

  async enqueue(key: string, request: RunRequest, fire?: FireTime): Promise<Enqueued | null> {
    if (this.#stopping) throw new Stopping()
    const admission = await this.#deps.transactions.admit(key, request, fire)
    if (admission === null) return null
    const { changed, queue, priority, ...enqueued } = admission
    const { run } = enqueued
    if (this.#executor.active.find(run.run) !== undefined) this.#executor.promote(run.run, priority)
    if (changed) this.#deps.events.publish('run.changed', { id: run.id, key, run })
    if (queue !== null) this.#fetcher.wake(queue)
    return enqueued
  }

  async refresh(key: string, slaveIds: readonly string[]): Promise<Run | null> {
    if (this.#stopping || this.#deps.masters.isFenced() || this.isActive(key)) return null
    const request = { ...plainRequest('catch_up'), onlySlaves: slaveIds }
    const admission = await this.#deps.transactions.admit(key, request)
    if (admission === null) return null
    const active = this.#executor.begin(key, request, admission.run)
    this.#endIfBarred(active)
    this.#executor.execute(active, async () => {})
    return admission.run
  }

  stop(runId: string): Promise<Run> {
    return this.#stopper.stop(runId)
  }

  async stopProject(key: string): Promise<void> {
    await this.#executor.active.stopAll((active) => active.key === key)
    const project = await this.#deps.store.findProjectByKey(key)
    for (const run of project?.active_runs ?? []) {
      await this.stop(run).catch((error) => {
        if (!(error instanceof RunEnded || error instanceof RunNotFound)) throw error
      })
    }
  }

  async get(runId: string): Promise<Run> {
    const own = this.#executor.active.find(runId)
    if (own !== undefined) return own.run
    const run = await this.#deps.store.findRun(runId)
    if (run === null) throw new RunNotFound(runId)
    return hasEnded(run.state) ? run : (this.#others.find(runId) ?? run)
  }

  findActive(runId: string): ActiveRun | undefined {
    return this.#executor.active.find(runId)
  }

  listActive(): Run[] {
    return [...this.listOwn(), ...this.#others.list()]
  }

  listOwn(): Run[] {
    return this.#executor.active.list().map((active) => active.run)
  }

  isElsewhere(run: Run): boolean {
    return !hasEnded(run.state) && this.findActive(run.run) === undefined && this.#deps.masters.isUp(run.node)
  }

  async recover(): Promise<string[]> {
    this.tellEnded(await this.#deps.transactions.interrupt(this.#deps.node, () => false))
    await this.#others.read()
    this.#fetcher.start()
    return []
  }

  /** After each beat: ends lost runs, sends waiting jobs again, and queues what fell due meanwhile. */
  async tidy(): Promise<void> {
    // Listed before the query: a run that begins during it is not in the answer.
    const executed = this.#executor.active.list()
    const taken = await this.#deps.transactions.listTaken()
    for (const active of executed) {
      if (!taken.has(active.run.run)) active.controller.abort(new Interruption('Another master has it now.'))
    }
    // A run that is just being taken is not executed yet: only one that is missing twice is lost.
    const missing = new Set([...taken].filter((run) => this.#executor.active.find(run) === undefined))
    const lost = [...missing].filter((run) => this.#missing.has(run))
    this.#missing = missing
    if (lost.length > 0)
      this.tellEnded(await this.#deps.transactions.interrupt(this.#deps.node, (run) => !lost.includes(run)))
    if (this.#tidied++ % RESEND_EVERY === 0) await this.#deps.transactions.resendWaiting()
    for (const key of await this.#deps.transactions.listDueAgain()) await this.#runAgainIfDue(key)
  }

  /** Interrupts all runs of this master at once: they may be another's soon. */
  interruptAll(message: string): void {
    for (const active of this.#executor.active.list()) active.controller.abort(new Interruption(message))
  }

  tellProject(project: StoredProject): void {
    this.#executor.tellProject(project)
  }

  /** Publishes runs that were ended in the database. */
  tellEnded(ended: Awaited<ReturnType<RunTransactions['interrupt']>>): void {
    for (const { run, project } of ended) {
      this.#deps.events.publish('run.changed', { id: run.id, key: project.key, run })
      this.#executor.tellProject(project)
    }
  }

  async stopAll(): Promise<void> {
    this.#stopping = true
    await this.#fetcher.stop()
    this.interruptAll('The master was stopped in the middle of this run.')
    await this.#executor.active.stopAll(() => true)
    this.#others.stop()
  }

  async #runAgainIfDue(key: string): Promise<void> {
    const project = await this.#deps.store.findProjectByKey(key)
    if (this.#stopping || project?.lead !== this.#deps.node || this.isActive(key)) return
    if (project.enabled && project.due_again) await this.enqueue(key, plainRequest('catch_up'))
  }

  async #begin(jobId: string, { key, run }: RunJob): Promise<void> {
    const { jobs, node, transactions } = this.#deps
    if (this.#executor.treeLocks.isLocked(key)) return this.#beginLater(jobId, { key, run })
    if (this.#deps.masters.isFenced())
      throw new Error('This master is fenced and begins no runs; this one will be retried.')
    this.#taking.add(key)
    const taken = await transactions.take(key, run).finally(() => this.#taking.delete(key))
    if (taken === null) return jobs.completeRun(node, jobId)
    // Another master may have changed the trees of a shared disk since this one looked.
    if (taken.isShared) this.#deps.trees.forget(key)
    const active = this.#executor.begin(key, taken.request, taken.run)
    this.#others.forget(run)
    this.#endIfBarred(active)
    this.#executor.execute(active, async () => {
      await jobs.completeRun(node, jobId)
      await this.#runAgainIfDue(key)
      // Another sync of the project may have waited for this one.
      this.#fetcher.wake(node)
    })
  }

  /** Ends a run that began during the stop or the fence, which ended only the runs before it. */
  #endIfBarred({ controller }: ActiveRun): void {
    if (this.#stopping) controller.abort(new Interruption('Its master was stopped when it began.'))
    else if (this.#deps.masters.isFenced()) controller.abort(new Interruption('Its master was fenced when it began.'))
  }

  /** Not taken before the tree lock is released, since its holder may give the project away; other runs do not wait. */
  #beginLater(jobId: string, job: RunJob): void {
    const begun = this.#executor.treeLocks.released(job.key).then(async () => {
      // A run that nobody has taken is sent again after the next start.
      if (!this.#stopping) await this.#fetcher.begin(jobId, job)
    })
    begun.catch((error) => this.#deps.onError(error, { run: job.run }))
  }
}

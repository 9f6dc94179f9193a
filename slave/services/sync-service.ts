// Carries out what the master tells: pulls a project from it, once for each run, and reports how that ended.

import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { LimitedQueue } from '../../shared/flow/limited-queue.ts'
import { throttle } from '../../shared/flow/throttle.ts'
import { createLogShelf } from '../../shared/logs/log-shelf.ts'
import { readLogText } from '../../shared/logs/run-log.ts'
import { checkOptions } from '../../shared/rsync/options.ts'
import { assertHost, assertModule } from '../../shared/rsync/source.ts'
import type { Jobs, SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { Progress } from '../../shared/schemas/run.ts'
import { createDiskLooks } from '../../shared/trees/disk-looks.ts'
import { whileThereIsRoom } from '../../shared/trees/free-space.ts'
import { createTreeTools } from '../../shared/trees/tools.ts'
import { buildReport, endForError, endForRoom, type JobEnd } from './build-report.ts'
import { jobIdOf } from './job-id.ts'
import type { MasterClient } from './master-client.ts'
import type { PendingJobs } from './pending-jobs.ts'
import { expectedBy } from './plan-sync.ts'
import type { ReportService } from './report-service.ts'
import { syncTree } from './sync-tree.ts'
import { openTreeSource, type TreeSourceDeps } from './tree-source.ts'
import type { TreeTurns } from './tree-turns.ts'
import type { Trees } from './trees.ts'

export interface SyncServiceDeps extends TreeSourceDeps {
  logFolder: string
  trees: Trees
  turns: TreeTurns
  master: MasterClient
  /** Lets these hosts pull from this slave, and nobody else. */
  allowHosts: (hosts: readonly string[]) => Promise<void>
  reports: ReportService
  pending: PendingJobs
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

interface Job {
  message: SyncFromMaster
  state: 'queued' | 'syncing'
  controller: AbortController
  done: Promise<void>
}

const PROGRESS_MS = 1_000
/** What a report may carry of a log. */
const REPORTED_LOG_BYTES = 256 * 1024
/** Jobs whose end is remembered, so that a message that comes twice starts nothing twice. */
const REMEMBERED_JOBS = 1_000

export class SyncService {
  readonly #deps: SyncServiceDeps
  readonly #queue: LimitedQueue
  /** By job id. */
  readonly #jobs = new Map<string, Job>()
  /** Job ids. */
  readonly #finished = new Set<string>()
  readonly #logs = createLogShelf()
  readonly #disks = createDiskLooks()

  constructor(deps: SyncServiceDeps) {
    this.#deps = deps
    this.#queue = new LimitedQueue({ limit: deps.settings.SLAVE_MAX_CONCURRENT_SYNCS, perKey: 1 })
  }

  /**
   * Takes a job; it is on disk when this resolves, so that it survives a kill. The same job again starts nothing. Jobs of the
   * project from an earlier epoch end: their master is no longer there.
   *
   * @throws {InvalidOption} @throws {InvalidInput} for options or a source that this slave does not allow.
   */
  async accept(message: SyncFromMaster): Promise<void> {
    checkOptions(message.rsync_options)
    const inModule = (tree: string) => `${this.#deps.settings.MASTER_RSYNCD_MODULE}/${tree}`
    assertModule(inModule(message.source), 'source')
    if (message.upstream !== null) {
      assertHost(message.upstream.hostname, 'upstream.hostname')
      assertModule(inModule(message.upstream.source), 'upstream.source')
    }
    const id = jobIdOf(message)
    if (this.#jobs.has(id) || this.#finished.has(id)) return
    for (const { message: other, controller } of this.#jobs.values())
      if (other.key === message.key && (other.epoch ?? 0) < (message.epoch ?? 0)) controller.abort()
    const job: Job = { message, state: 'queued', controller: new AbortController(), done: Promise.resolve() }
    this.#jobs.set(id, job)
    try {
      await this.#deps.pending.save(message)
    } catch (error) {
      this.#jobs.delete(id)
      throw error
    }
    job.done = this.#execute(job)
  }

  /**
   * Reports the jobs that an earlier process did not live to finish. The master sees that this slave is behind and
   * brings it up to date when nothing else moves the tree.
   */
  async start(): Promise<void> {
    for (const message of await this.#deps.pending.list()) {
      if (this.#deps.reports.has(message)) {
        // It had ended: only the forgetting of it was cut off, and its own report stands.
        await this.#deps.pending.forget(message)
        continue
      }
      await this.#report(
        message,
        { outcome: 'permanent', error: 'the slave was restarted in the middle of this sync' },
        null,
      )
    }
  }

  /** True while a job of the project waits or runs. */
  isBusy(key: string): boolean {
    return [...this.#jobs.values()].some(({ message }) => message.key === key)
  }

  /** True while a job brings the tree from the generation before, as every run does; not while it catches up. */
  isFollowing(key: string): boolean {
    return [...this.#jobs.values()].some(
      ({ message }) => message.key === key && message.generation - (message.anchor?.generation ?? 0) <= 1,
    )
  }

  /** The log of a job that is under way, or null. */
  readLog(run: string, follow: boolean): Readable | null {
    const job = this.#jobsOf(run).at(-1)
    return job === undefined ? null : this.#logs.read(this.#logFile(job.message), follow)
  }

  /** Stops a job; nothing happens when there is none of that run. Its report tells when it has ended. */
  stop(run: string): void {
    for (const job of this.#jobsOf(run)) job.controller.abort()
  }

  /** What is under way, and what each tree serves: without `withAnchors` no tree is looked at. */
  list(withAnchors: boolean): Jobs {
    const jobs = [...this.#jobs.values()].map(({ message, state }) => ({
      run: message.run,
      project: message.project,
      state,
    }))
    const reporting = this.#deps.reports
      .list()
      .map(({ run, project }) => ({ run, project, state: 'reporting' as const }))
    return { jobs: [...jobs, ...reporting], ...(withAnchors ? this.#deps.trees.states() : { anchors: {} }) }
  }

  /** Stops every job and resolves when all have ended and their reports are on disk. */
  async stopAll(): Promise<void> {
    for (const job of this.#jobs.values()) job.controller.abort()
    await Promise.all([...this.#jobs.values()].map((job) => job.done))
  }

  /** Oldest first. */
  #jobsOf(run: string): Job[] {
    return [...this.#jobs.values()].filter(({ message }) => message.run === run)
  }

  async #execute(job: Job): Promise<void> {
    const { run, key } = job.message
    const id = jobIdOf(job.message)
    let end: JobEnd
    let startedAt: string | null = null
    try {
      end = await this.#queue.run({ id, key, priority: 0, signal: job.controller.signal }, () => {
        job.state = 'syncing'
        startedAt = this.#isoNow()
        return this.#deps.turns.take(key, () => this.#sync(job))
      })
    } catch (error) {
      const stopped = job.controller.signal.aborted
      if (!stopped) this.#deps.onError(error, { run })
      end = endForError(error, stopped)
    }
    await this.#report(job.message, end, startedAt)
    this.#jobs.delete(id)
    this.#remember(id)
  }

  async #sync(job: Job): Promise<JobEnd> {
    const { settings, trees, master, children, home, now } = this.#deps
    const { message } = job
    // On a mount that hangs, this is the look that can be stopped.
    await this.#disks.freeMib(path.join(settings.SLAVE_PUBLIC_DIR, message.project), job.controller.signal)
    const tree = await trees.adopt(message.key, message)
    const expected = expectedBy(message)
    if (expected !== null) await trees.expect({ [message.key]: expected })
    await this.#deps.allowHosts(message.downstream_hosts)
    const log = this.#logs.open(this.#logFile(message))
    const progress = throttle<Progress>(PROGRESS_MS, (latest) => this.#deps.reports.progress(message, latest))
    try {
      const { result, shortage } = await whileThereIsRoom(
        this.#disks,
        tree.served,
        settings.DISK_FLOOR_MB,
        job.controller.signal,
        async (signal, needRoom) => {
          const deps = {
            settings,
            needRoom,
            source: await openTreeSource(this.#deps, message, tree, { signal, log, onProgress: progress.call }),
            fetchChanges: () => master.changes(message),
            tools: createTreeTools({ children, home, signal }),
            writeLine: log.writeLine,
            now,
          }
          return syncTree(deps, tree, message)
        },
      )
      return shortage === null && result !== null ? result : endForRoom(result, shortage ?? '')
    } finally {
      log.finish()
    }
  }

  async #report(message: SyncFromMaster, end: JobEnd, startedAt: string | null): Promise<void> {
    const report = buildReport(message, end, {
      startedAt,
      finishedAt: this.#isoNow(),
      log: readLogText(this.#logFile(message), REPORTED_LOG_BYTES),
    })
    try {
      await this.#deps.reports.report(message, report)
      // The master has it now, or will; a copy here would only pile up.
      await rm(this.#logFile(message), { force: true })
      await this.#deps.pending.forget(message)
    } catch (problem) {
      this.#deps.onError(problem, { run: message.run })
    }
  }

  #remember(id: string): void {
    this.#finished.add(id)
    const [oldest] = this.#finished
    if (this.#finished.size > REMEMBERED_JOBS && oldest !== undefined) this.#finished.delete(oldest)
  }

  #logFile(message: SyncFromMaster): string {
    return path.join(this.#deps.logFolder, `${jobIdOf(message)}.log`)
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

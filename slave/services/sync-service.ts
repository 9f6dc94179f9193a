// Carries out what the master tells: pulls a project from it, once for each run, and reports how that ended.

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { Settings } from '../../settings.ts'
import type { ChildRegistry } from '../../shared/child-registry.ts'
import { LimitedQueue } from '../../shared/limited-queue.ts'
import { endedWell } from '../../shared/rsync/exit-codes.ts'
import { createLogShelf } from '../../shared/rsync/log-shelf.ts'
import { checkOptions } from '../../shared/rsync/options.ts'
import { type PullResult, pullTree } from '../../shared/rsync/pull.ts'
import { readLogText } from '../../shared/rsync/run-log.ts'
import { assertModule } from '../../shared/rsync/source.ts'
import type { Jobs, SlaveReport, SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { Progress } from '../../shared/schemas/run.ts'
import { throttle } from '../../shared/throttle.ts'
import type { Trees } from '../trees.ts'
import type { PendingJobs } from './pending-jobs.ts'
import type { ReportService } from './report-service.ts'

export interface SyncServiceDeps {
  settings: Settings
  rsyncdPassword: string
  children: ChildRegistry
  home: string
  logFolder: string
  trees: Trees
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
/** Runs whose end is remembered, so that a message that comes twice starts nothing twice. */
const REMEMBERED_RUNS = 1_000

export class SyncService {
  readonly #deps: SyncServiceDeps
  readonly #queue: LimitedQueue
  readonly #jobs = new Map<string, Job>()
  readonly #finished = new Set<string>()
  /** Keys of projects whose last sync here did not end well. */
  readonly #unwell = new Set<string>()
  readonly #logs = createLogShelf()

  constructor(deps: SyncServiceDeps) {
    this.#deps = deps
    this.#queue = new LimitedQueue({ limit: deps.settings.SLAVE_MAX_CONCURRENT_SYNCS, perKey: 1 })
  }

  /**
   * Takes a job; it is on disk when this resolves, so that it survives a kill. The same run again starts nothing.
   *
   * @throws {InvalidOption} @throws {InvalidInput} for options or a source that this slave does not allow.
   */
  async accept(message: SyncFromMaster): Promise<void> {
    checkOptions(message.rsync_options)
    assertModule(message.source, 'source')
    if (this.#jobs.has(message.run) || this.#finished.has(message.run)) return
    const job: Job = { message, state: 'queued', controller: new AbortController(), done: Promise.resolve() }
    this.#jobs.set(message.run, job)
    try {
      await this.#deps.pending.save(message)
    } catch (error) {
      this.#jobs.delete(message.run)
      throw error
    }
    job.done = this.#carry(job)
  }

  /**
   * Reports the jobs that an earlier process did not live to finish. The master sees that this slave is behind and
   * brings it up to date when nothing else moves the tree.
   */
  async start(): Promise<void> {
    for (const message of await this.#deps.pending.list()) {
      if (this.#deps.reports.has(message.run)) {
        // It had ended: only the forgetting of it was cut off, and its own report stands.
        await this.#deps.pending.forget(message.run)
        continue
      }
      this.#unwell.add(message.key)
      await this.#report(
        message,
        { outcome: 'permanent', error: 'the slave was restarted in the middle of this sync' },
        null,
      )
    }
  }

  /** The log of a job that is under way, or null. */
  readLog(run: string, follow: boolean): Readable | null {
    return this.#jobs.has(run) ? this.#logs.read(this.#logFile(run), follow) : null
  }

  /** Stops a job; nothing happens when there is none of that run. Its report tells when it has ended. */
  stop(run: string): void {
    this.#jobs.get(run)?.controller.abort()
  }

  list(): Jobs {
    const jobs = [...this.#jobs.values()].map(({ message, state }) => ({
      run: message.run,
      project: message.project,
      state,
    }))
    const reporting = this.#deps.reports
      .list()
      .map(({ run, project }) => ({ run, project, state: 'reporting' as const }))
    return { jobs: [...jobs, ...reporting], anchors: this.#deps.trees.anchors() }
  }

  /** Stops every job and resolves when all have ended and their reports are on disk. */
  async stopAll(): Promise<void> {
    for (const job of this.#jobs.values()) job.controller.abort()
    await Promise.all([...this.#jobs.values()].map((job) => job.done))
  }

  async #carry(job: Job): Promise<void> {
    const { run, key, project } = job.message
    let result: PullResult | { error: string; outcome: 'stopped' | 'permanent' }
    let startedAt: string | null = null
    try {
      result = await this.#queue.run({ id: run, key, priority: 0, signal: job.controller.signal }, () => {
        job.state = 'syncing'
        startedAt = this.#isoNow()
        return this.#pull(job)
      })
      this.#unwell.add(key)
      if (endedWell(result.outcome)) {
        await this.#deps.trees.complete(key, project, job.message.generation)
        this.#unwell.delete(key)
      }
    } catch (error) {
      const stopped = job.controller.signal.aborted
      if (!stopped) this.#deps.onError(error, { run })
      result = stopped
        ? { outcome: 'stopped', error: 'stopped before its turn' }
        : { outcome: 'permanent', error: error instanceof Error ? error.message : String(error) }
    }
    await this.#report(job.message, result, startedAt)
    this.#jobs.delete(run)
    this.#remember(run)
  }

  async #pull(job: Job): Promise<PullResult> {
    const { settings, trees } = this.#deps
    const { message } = job
    await trees.adopt(message.key, message.project)
    const folder = trees.folderOf(message.project)
    await mkdir(folder, { recursive: true })
    const log = this.#logs.open(this.#logFile(message.run))
    const progress = throttle<Progress>(PROGRESS_MS, (now) => this.#deps.reports.progress(message, now))
    try {
      return await pullTree({
        bin: settings.RSYNC_BIN,
        home: this.#deps.home,
        children: this.#deps.children,
        source: {
          user: settings.SLAVE_USER,
          host: settings.MASTER_HOSTNAME,
          port: settings.MASTER_RSYNCD_PORT,
          path: `${settings.MASTER_RSYNCD_MODULE}/${message.source}`,
        },
        destination: folder,
        options: message.rsync_options,
        deletes: 'as_options',
        checksum: message.checksum,
        keepPartials: this.#deps.trees.anchors()[message.key] === undefined || this.#unwell.has(message.key),
        password: this.#deps.rsyncdPassword,
        ioTimeoutS: settings.RSYNC_IO_TIMEOUT_S,
        timeoutS: settings.SYNC_TIMEOUT_S,
        signal: job.controller.signal,
        log,
        onProgress: progress.call,
      })
    } finally {
      log.finish()
    }
  }

  async #report(
    message: SyncFromMaster,
    result: PullResult | { error: string; outcome: 'stopped' | 'permanent' },
    startedAt: string | null,
  ): Promise<void> {
    const well = endedWell(result.outcome)
    const report: SlaveReport = {
      run: message.run,
      slave_id: message.slave_id,
      project: message.project,
      state: well ? 'succeeded' : result.outcome === 'stopped' ? 'stopped' : 'failed',
      generation: well ? message.generation : null,
      started_at: startedAt,
      finished_at: this.#isoNow(),
      exit_code: 'exitCode' in result ? result.exitCode : null,
      summary: 'summary' in result ? result.summary : null,
      error: result.error,
      log: readLogText(this.#logFile(message.run), REPORTED_LOG_BYTES),
    }
    try {
      await this.#deps.reports.report(report)
      // The master has it now, or will; a copy here would only pile up.
      await rm(this.#logFile(message.run), { force: true })
      await this.#deps.pending.forget(message.run)
    } catch (error) {
      this.#deps.onError(error, { run: message.run })
    }
  }

  #remember(run: string): void {
    this.#finished.add(run)
    const [oldest] = this.#finished
    if (this.#finished.size > REMEMBERED_RUNS && oldest !== undefined) this.#finished.delete(oldest)
  }

  #logFile(run: string): string {
    return path.join(this.#deps.logFolder, `${run}.log`)
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

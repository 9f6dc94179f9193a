// Keeps every report on disk until the master has acknowledged it, and sends it again until then.

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage } from '../../shared/http/peer.ts'
import type { SlaveReport, SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { Progress } from '../../shared/schemas/run.ts'
import { writeWhole } from '../../shared/store/write-whole.ts'
import { jobIdOf } from './job-id.ts'
import type { MasterClient } from './master-client.ts'

export interface ReportServiceDeps {
  master: Pick<MasterClient, 'sendReport' | 'sendProgress'>
  folder: string
  onWarning: (message: string, details: Record<string, unknown>) => void
}

/** A report on disk, and the master to which it goes; null for the one of the settings. */
interface KeptReport {
  report: SlaveReport
  masterUrl: string | null
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** The master does not know the run, so it does not need the report. */
const NOT_ITS_RUN = 404
/** Answers to the report itself: sent again, it would get the same. A log-in that fails (401) may be repaired. */
const NEVER_TAKEN = new Set([400, 403, 413, 414, 415, 422])

/** Sends reports in the background; `stop` leaves those that are not acknowledged on disk for the next start. */
export class ReportService {
  readonly #deps: ReportServiceDeps
  readonly #stopping = new AbortController()
  readonly #sending = new Set<Promise<void>>()
  /** By file: what the master has not acknowledged yet. */
  readonly #open = new Map<string, SlaveReport>()
  #progressUnderWay = false

  constructor(deps: ReportServiceDeps) {
    this.#deps = deps
  }

  /** Sends what an earlier process left on disk. */
  async start(): Promise<void> {
    await mkdir(this.#deps.folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.#deps.folder)) {
      if (name.endsWith('.json')) this.#send(path.join(this.#deps.folder, name))
    }
  }

  /**
   * Resolves when the report of a job is on disk. It is sent until a master acknowledges it: the one that gave the job, or,
   * when that one is gone, the one of the settings.
   */
  async report(order: SyncFromMaster, report: SlaveReport): Promise<void> {
    const file = this.#fileOf(jobIdOf(order))
    await writeWhole(file, JSON.stringify({ report, masterUrl: order.master?.url ?? null } satisfies KeptReport))
    this.#open.set(file, report)
    this.#send(file)
  }

  /** True when a report of that job is on disk, of this process or an earlier one. */
  has(order: SyncFromMaster): boolean {
    // Earlier versions named the file by the run alone.
    return [jobIdOf(order), order.run].some((name) => existsSync(this.#fileOf(name)))
  }

  /** The reports that the master has not acknowledged yet. */
  list(): SlaveReport[] {
    return [...this.#open.values()]
  }

  /** Tells how far a job is, one request at a time. A lost one does no harm, since the next comes soon. */
  progress({ run, slave_id, master }: Pick<SyncFromMaster, 'run' | 'slave_id' | 'master'>, progress: Progress): void {
    if (this.#progressUnderWay || this.#stopping.signal.aborted) return
    this.#progressUnderWay = true
    void this.#deps.master
      .sendProgress(master?.url ?? null, { run, slave_id, progress }, this.#stopping.signal)
      .catch(() => {})
      .finally(() => {
        this.#progressUnderWay = false
      })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#sending)
  }

  #fileOf(name: string): string {
    return path.join(this.#deps.folder, `${name}.json`)
  }

  #send(file: string): void {
    const sending = this.#sendUntilAcknowledged(file)
      .catch((error) => this.#deps.onWarning('a report could not be sent', { file, error: String(error) }))
      .finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  async #sendUntilAcknowledged(file: string): Promise<void> {
    const { report, masterUrl } = readKept(await readFile(file, 'utf8'))
    const addresses = masterUrl === null ? [null] : [masterUrl, null]
    this.#open.set(file, report)
    let pause = FIRST_PAUSE_MS
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      const problem = await this.#trySend(report, addresses[attempt % addresses.length] ?? null)
      if (problem === null) {
        await rm(file, { force: true })
        this.#open.delete(file)
        return
      }
      this.#deps.onWarning('the master has not acknowledged a report; it will be sent again', {
        run: report.run,
        problem,
        again_in_ms: pause,
      })
      await sleep(pause, undefined, { signal: this.#stopping.signal }).catch(() => {})
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }

  /** Null when the master has the report or will never take it; otherwise why it is to be sent again. */
  async #trySend(report: SlaveReport, masterUrl: string | null): Promise<string | null> {
    try {
      const answer = await this.#deps.master.sendReport(masterUrl, report, this.#stopping.signal)
      if (answer.status < 300 || answer.status === NOT_ITS_RUN) return null
      if (!NEVER_TAKEN.has(answer.status)) return errorMessage(answer)
      this.#deps.onWarning('the master refused a report for good; it is dropped', {
        run: report.run,
        problem: errorMessage(answer),
      })
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

/** Earlier versions, for one master only, wrote the bare report. */
function readKept(text: string): KeptReport {
  const kept: KeptReport | SlaveReport = JSON.parse(text)
  return 'report' in kept ? kept : { report: kept, masterUrl: null }
}

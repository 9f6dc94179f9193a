// The queues that masters share (pg-boss): future fire times, and runs that wait for their master.

import type { PoolClient } from 'pg'
import PgBoss from 'pg-boss'
import { type Repetition, repeat } from '../../shared/flow/repeat.ts'
import type { Database } from '../store/postgres/database.ts'

/** A project's fire time; the job is due then. */
export interface FireJob {
  key: string
  /** ISO 8601. */
  at: string
}

/** A run to execute. */
export interface RunJob {
  key: string
  run: string
}

export interface QueuedRun extends RunJob {
  jobId: string
  node: string
  priority: number
}

const FIRES = 'fires'
const DEAD_FIRES = 'fires-dead'
const DEAD_RUNS = 'runs-dead'
const runsOf = (node: string) => `runs-${node}`

/** pg-boss allows less than 24 hours. A longer run goes on; its job is delivered again and dropped. */
const RUN_EXPIRY_S = 82_800
const FIRE_EXPIRY_S = 60
const RETRIES = { retryLimit: 5, retryDelay: 2, retryBackoff: true }
const FETCHED_AT_ONCE = 200
const POLL_MS = 500
const DEAD_POLL_MS = 5_000

export class JobQueue {
  readonly #boss: PgBoss
  readonly #onError: (error: unknown) => void
  readonly #loops: Repetition[] = []

  constructor(database: Database, onError: (error: unknown) => void) {
    const db = { executeSql: (sql: string, values: unknown[]) => database.execute(sql, values) }
    this.#boss = new PgBoss({ db, schema: 'mirrorfleet_jobs', schedule: false, maintenanceIntervalSeconds: 30 })
    this.#boss.on('error', onError)
    this.#onError = onError
  }

  /** Makes the queues of all masters and of this one. */
  async start(node: string): Promise<void> {
    await this.#boss.start()
    await this.#boss.createQueue(DEAD_FIRES)
    await this.#boss.createQueue(DEAD_RUNS)
    // `short`: a job is not queued twice while it waits, so that sending it again does no harm.
    const fires = { name: FIRES, policy: 'short' as const, deadLetter: DEAD_FIRES, expireInSeconds: FIRE_EXPIRY_S }
    await this.#boss.createQueue(FIRES, { ...fires, ...RETRIES })
    await this.makeRunQueue(node)
  }

  async makeRunQueue(node: string): Promise<void> {
    const runs = { name: runsOf(node), policy: 'short' as const, deadLetter: DEAD_RUNS, expireInSeconds: RUN_EXPIRY_S }
    await this.#boss.createQueue(runs.name, { ...runs, ...RETRIES })
  }

  /** Fire times that are stored already are left alone. */
  async sendFires(fires: readonly FireJob[]): Promise<void> {
    if (fires.length === 0) return
    await this.#boss.insert(
      fires.map((fire) => ({ name: FIRES, data: fire, startAfter: fire.at, singletonKey: `${fire.key} ${fire.at}` })),
    )
  }

  /** Passes the fire times that are due to `handle`; one for which it throws is retried later. */
  workFires(handle: (fire: FireJob) => Promise<void>): void {
    this.#work(FIRES, POLL_MS, handle)
  }

  /** Passes on the jobs whose retries are used up. */
  workDead(onFire: (fire: FireJob) => Promise<void>, onRun: (job: RunJob) => Promise<void>): void {
    this.#work(DEAD_FIRES, DEAD_POLL_MS, onFire)
    this.#work(DEAD_RUNS, DEAD_POLL_MS, onRun)
  }

  /**
   * Fetches jobs and passes them on until the queue is stopped. pg-boss's own `work` (version 10.4) does not wait for the
   * completion of a job: it ended the process when the database was away.
   */
  #work<T>(name: string, pollMs: number, handle: (data: T) => Promise<void>): void {
    const work = async (): Promise<void> => {
      const jobs = await this.#boss.fetch<T>(name, { batchSize: FETCHED_AT_ONCE })
      // There may be more.
      if (jobs.length === FETCHED_AT_ONCE) loop.wake()
      await Promise.all(jobs.map((job) => this.#handle(name, job, handle)))
    }
    const loop = repeat({ work, every: pollMs, onError: this.#onError })
    this.#loops.push(loop)
  }

  async #handle<T>(name: string, job: PgBoss.Job<T>, handle: (data: T) => Promise<void>): Promise<void> {
    try {
      await handle(job.data)
    } catch (error) {
      this.#onError(error)
      await this.#boss.fail(name, job.id, { message: error instanceof Error ? error.message : String(error) })
      return
    }
    await this.#boss.complete(name, job.id)
  }

  /** Queues a run in the transaction that makes it. */
  async sendRun(client: PoolClient, { key, run, jobId, node, priority }: QueuedRun): Promise<void> {
    await this.#boss.send(runsOf(node), { key, run }, { id: jobId, singletonKey: run, priority, db: dbOf(client) })
  }

  /** Queues runs of a master again; those whose jobs still wait stay as they are. */
  async resendRuns(node: string, jobs: readonly (RunJob & { priority: number })[]): Promise<void> {
    if (jobs.length === 0) return
    const name = runsOf(node)
    await this.#boss.insert(jobs.map(({ priority, ...data }) => ({ name, data, priority, singletonKey: data.run })))
  }

  /** Takes a run's job back, so that it can be sent with another priority or to another master. */
  async unsendRun(client: PoolClient, node: string, jobId: string): Promise<void> {
    await this.#boss.deleteJob(runsOf(node), jobId, { db: dbOf(client) })
  }

  fetchRuns(node: string, most: number, order: 'priority' | 'age'): Promise<PgBoss.Job<RunJob>[]> {
    return this.#boss.fetch<RunJob>(runsOf(node), { batchSize: most, priority: order === 'priority' })
  }

  async completeRun(node: string, jobId: string): Promise<void> {
    await this.#boss.complete(runsOf(node), jobId)
  }

  async failRun(node: string, jobId: string, error: unknown): Promise<void> {
    await this.#boss.fail(runsOf(node), jobId, { message: error instanceof Error ? error.message : String(error) })
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()))
    await this.#boss.stop({ graceful: true, close: false, timeout: 5_000, wait: true })
  }
}

function dbOf(client: PoolClient): PgBoss.Db {
  return { executeSql: (sql, values) => client.query(sql, values) }
}

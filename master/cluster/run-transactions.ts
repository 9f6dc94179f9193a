// The transactions on runs that several masters share: take a run, save it, end it, and hand its project over.

import type { PoolClient } from 'pg'
import { RunNotFound } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { isWaitingSync, withJoined } from '../records/requests.ts'
import { interruptedRun, priorityOf, type RunRequest } from '../records/run.ts'
import type { RunStore } from '../runs/run-store.ts'
import type { FireTime } from '../runs/runs.ts'
import { writeProject } from '../store/postgres/projects.ts'
import { numberOf, writeRun } from '../store/postgres/runs.ts'
import { formatRunId } from '../store/store.ts'
import { type Admission, admitRun } from './run-admission.ts'
import {
  COLUMNS,
  changeProject,
  closeProject,
  lockRow,
  openRowsOf,
  type RunRow,
  type RunRowsDeps,
  runOf,
  sendNext,
  syncsAmong,
} from './run-rows.ts'
import { ANY } from './takeover.ts'

/** Thrown when a run was given to another master, or ended, while this master still executed it. */
export class RunLost extends Error {
  constructor(run: string) {
    super(`The run ${run} no longer belongs to this master`)
    this.name = 'RunLost'
  }
}

export class RunTransactions implements RunStore {
  readonly #deps: RunRowsDeps

  constructor(deps: RunRowsDeps) {
    this.#deps = deps
  }

  /** Admits a request; see `admitRun`. */
  admit(key: string, request: RunRequest, fire?: FireTime): Promise<Admission | null> {
    return admitRun(this.#deps, key, request, fire)
  }

  /** The keys of this master's projects that fell due while they were busy, or whose run was interrupted. */
  async listDueAgain(): Promise<string[]> {
    const sql = 'SELECT key FROM project WHERE lead = $1 AND due_again'
    return (await this.#deps.database.query<{ key: string }>(sql, [this.#deps.node])).map(({ key }) => key)
  }

  /** Takes a waiting run for this master; null when it cannot be taken (any more). */
  take(key: string, runId: string): Promise<{ run: Run; request: RunRequest; isShared: boolean } | null> {
    return changeProject(this.#deps, key, async (client, project) => {
      const row = await lockRow(client, runId)
      if (row === null || hasEnded(row.data.state) || row.taken_by !== null || row.request === null) return null
      if (project.lead !== this.#deps.node) return null
      // Its job was sent too early, and is sent again when the run before it has ended.
      if (syncsAmong(await openRowsOf(client, key))[0]?.data.run !== runId) return null
      const run = { ...row.data, node: this.#deps.node }
      await client.query('UPDATE run SET (taken_by, data) = ($3, $4) WHERE key = $1 AND number = $2', [
        key,
        numberOf(run),
        this.#deps.node,
        run,
      ])
      return { run, request: row.request, isShared: project.node === ANY }
    }).catch(ignoreRemoved)
  }

  /** The ids of the runs that this master has taken and that have not ended, according to the database. */
  async listTaken(): Promise<Set<string>> {
    const rows = await this.#deps.database.query<{ key: string; number: number }>(
      'SELECT key, number FROM run WHERE NOT ended AND taken_by = $1',
      [this.#deps.node],
    )
    return new Set(rows.map(({ key, number }) => formatRunId(key, number)))
  }

  /** Lets no further request join a run; returns it as those before have left it. @throws {RunLost} */
  async start(key: string, run: Run): Promise<Run> {
    const [row] = await this.#deps.database.query<Pick<RunRow, 'data' | 'request'>>(
      `UPDATE run SET state = 'syncing' WHERE key = $1 AND number = $2 AND taken_by = $3 AND NOT ended
       RETURNING data, wish AS request`,
      [key, numberOf(run), this.#deps.node],
    )
    if (row === undefined) throw new RunLost(run.run)
    return row.request === null ? row.data : withJoined(row.data, row.request)
  }

  /** Gives up a run that this master has taken and not started; it waits in the queue again. */
  putBack(key: string, { run: runId }: Run): Promise<void> {
    return changeProject(this.#deps, key, async (client, project) => {
      const row = await lockRow(client, runId)
      if (row !== null && row.taken_by === this.#deps.node) await this.#release(client, project, row)
    })
  }

  /** Saves a run that this master executes. @throws {RunLost} */
  async save(key: string, run: Run): Promise<void> {
    await this.#deps.database.transaction((client) => this.#write(client, key, run))
  }

  /** Ends a run that this master executes, and updates its project. @throws {RunLost} */
  end(key: string, run: Run): Promise<StoredProject> {
    return changeProject(this.#deps, key, async (client, project) => {
      await this.#write(client, key, run)
      return closeProject(client, this.#deps.jobs, project, run)
    })
  }

  /** Ends a run that no master has taken; null when one has. @throws {RunNotFound} */
  async stopWaiting(key: string, runId: string): Promise<{ run: Run; project: StoredProject } | null> {
    return changeProject(this.#deps, key, async (client, project) => {
      const row = await lockRow(client, runId)
      if (row === null) throw new RunNotFound(runId)
      if (row.taken_by !== null || hasEnded(row.data.state)) return null
      const run: Run = { ...row.data, state: 'stopped', finished_at: this.#deps.isoNow() }
      await writeRun(client, key, run, this.#deps.history)
      if (row.job_id !== null) await this.#deps.jobs.unsendRun(client, row.data.node, row.job_id)
      return { run, project: await closeProject(client, this.#deps.jobs, project, run) }
    })
  }

  /**
   * Ends the runs that a master had taken before it went down or lost touch with the database; those that it had not
   * started wait in the queue again. `keeps` is true for the runs that it still executes. Returns the ended runs with
   * their projects.
   */
  async interrupt(node: string, keeps: (run: string) => boolean): Promise<{ run: Run; project: StoredProject }[]> {
    const rows = await this.#deps.database.query<RunRow>(
      `SELECT ${COLUMNS} FROM run WHERE NOT ended AND taken_by = $1`,
      [node],
    )
    const ended: { run: Run; project: StoredProject }[] = []
    for (const { key, data } of rows) {
      if (keeps(data.run)) continue
      const one = await changeProject(this.#deps, key, async (client, project) => {
        const row = await lockRow(client, data.run)
        if (row === null || hasEnded(row.data.state) || row.taken_by !== node) return null
        if (isWaitingSync(runOf(row))) return this.#release(client, project, row)
        const run = interruptedRun(row.data, this.#deps.isoNow())
        await writeRun(client, key, run, this.#deps.history)
        if (row.job_id !== null) await this.#deps.jobs.unsendRun(client, row.data.node, row.job_id)
        return { run, project: await closeProject(client, this.#deps.jobs, project, run) }
      }).catch(ignoreRemoved)
      if (one !== null) ended.push(one)
    }
    return ended
  }

  /** Gives a project and its waiting runs to another master. Null when the project was removed. */
  handOver(key: string, lead: string, stuck: string | null): Promise<StoredProject | null> {
    return changeProject(this.#deps, key, async (client, project) => {
      const changed = { ...project, lead, stuck }
      await writeProject(client, changed)
      if (lead !== project.lead) await sendNext(client, this.#deps.jobs, changed)
      return changed
    }).catch(ignoreRemoved)
  }

  /** Sends the jobs of the runs that wait for this master again; jobs that are still in the queue stay as they are. */
  async resendWaiting(): Promise<void> {
    const rows = await this.#deps.database.query<RunRow & { priority: number | null }>(
      `SELECT ${COLUMNS}, (project.data ->> 'priority')::int AS priority FROM run
       JOIN project ON project.key = run.key
       WHERE NOT run.ended AND run.taken_by IS NULL AND run.job_id IS NOT NULL AND project.lead = $1
         AND NOT EXISTS (SELECT 1 FROM run AS before WHERE before.key = run.key AND NOT before.ended
           AND before.number < run.number AND before.wish ->> 'onlySlaves' IS NULL)`,
      [this.#deps.node],
    )
    await this.#deps.jobs.resendRuns(
      this.#deps.node,
      rows.map(({ key, data, request, priority }) => ({
        key,
        run: data.run,
        priority: priorityOf(request, { priority }),
      })),
    )
  }

  async #release(client: PoolClient, project: StoredProject, row: RunRow): Promise<null> {
    if (hasEnded(row.state) || !isWaitingSync(runOf(row))) return null
    const sql = 'UPDATE run SET taken_by = NULL WHERE key = $1 AND number = $2'
    await client.query(sql, [row.key, numberOf(row.data)])
    await sendNext(client, this.#deps.jobs, project)
    return null
  }

  async #write(client: PoolClient, key: string, run: Run): Promise<void> {
    const { rowCount } = await client.query(
      `UPDATE run SET (id, state, ended, data) = ($3, $4, $5, $6)
       WHERE key = $1 AND number = $2 AND taken_by = $7 AND NOT ended`,
      [key, numberOf(run), run.id, run.state, hasEnded(run.state), run, this.#deps.node],
    )
    if (rowCount === 0) throw new RunLost(run.run)
  }
}

function ignoreRemoved(error: unknown): null {
  if ((Object(error) as { code?: unknown }).code === 'PROJECT_NOT_FOUND') return null
  throw error
}

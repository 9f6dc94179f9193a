// The rows of runs that several masters share, and the steps that the transactions on them have in common.

import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run, RunState } from '../../shared/schemas/run.ts'
import { withDueAgain, withEndedRun } from '../records/project.ts'
import { placeRequest } from '../records/requests.ts'
import { plainRequest, priorityOf, type RunRequest } from '../records/run.ts'
import type { Database } from '../store/postgres/database.ts'
import type { Notices } from '../store/postgres/notices.ts'
import { lockProject, type ProjectTable, writeProject } from '../store/postgres/projects.ts'
import { parseRunId } from '../store/store.ts'
import type { JobQueue } from './job-queue.ts'

export interface RunRowsDeps {
  database: Database
  notices: Notices
  projects: ProjectTable
  jobs: JobQueue
  node: string
  history: number
  isoNow: () => string
}

/**
 * `taken_by` is the master that executes the run, null while none does; `job_id` is null for a run that was never
 * queued. A sync that waits behind another one of its project has a `job_id` without a job: see `sendNext`. `state` is
 * that of `data`, or `syncing` already, from the moment that no further request may join the run.
 */
export interface RunRow {
  key: string
  state: RunState
  data: Run
  request: RunRequest | null
  job_id: string | null
  taken_by: string | null
}

export const COLUMNS = 'run.key, run.state, run.data, run.wish AS request, run.job_id, run.taken_by'

/** Runs a transaction that changes a project. It always locks the project first, so that transactions cannot deadlock. */
export async function changeProject<T>(
  { database, notices, projects }: Pick<RunRowsDeps, 'database' | 'notices' | 'projects'>,
  key: string,
  work: (client: PoolClient, project: StoredProject) => Promise<T>,
): Promise<T> {
  const result = await database.transaction(async (client) => {
    const done = await work(client, await lockProject(client, key))
    await notices.noteProject(client, key)
    return done
  })
  projects.noteChange(key)
  return result
}

/** Writes what the end of a run changes in its project, and sends the job of the sync that waited for it. */
export async function closeProject(
  client: PoolClient,
  jobs: JobQueue,
  project: StoredProject,
  run: Run,
): Promise<StoredProject> {
  const ended = withEndedRun(project, run.run, run)
  const waiting = await sendNext(client, jobs, project)
  const isCarried = placeRequest(plainRequest('catch_up'), waiting.map(runOf)).kind === 'join'
  const closed = isCarried ? withDueAgain(ended, false) : ended
  await writeProject(client, closed)
  return closed
}

/** The runs of a project that have not ended, in their order; their rows are locked. */
export async function openRowsOf(client: PoolClient, key: string): Promise<RunRow[]> {
  const sql = `SELECT ${COLUMNS} FROM run WHERE key = $1 AND NOT ended ORDER BY number FOR UPDATE`
  return (await client.query<RunRow>(sql, [key])).rows
}

/** Those of the runs that do not only bring slaves up to date. */
export function syncsAmong(rows: readonly RunRow[]): RunRow[] {
  return rows.filter(({ request }) => request?.onlySlaves === undefined)
}

/** A run as its row has it: with the state from which on no further request joins it. */
export function runOf({ data, state }: RunRow): Run {
  return { ...data, state }
}

/**
 * Queues the first sync of a project that waits, on the project's lead, unless another sync of it is under way. Returns
 * the syncs that have not ended.
 */
export async function sendNext(client: PoolClient, jobs: JobQueue, project: StoredProject): Promise<RunRow[]> {
  const open = syncsAmong(await openRowsOf(client, project.key))
  const [first] = open
  if (first !== undefined && open.every(({ taken_by }) => taken_by === null))
    await requeue(client, jobs, first, { node: leadOf(project), priority: priorityOf(first.request, project) })
  return open
}

/** The master that executes a project's runs. */
export function leadOf(project: StoredProject): string {
  return project.lead ?? project.node
}

/** Reads a run and locks its row until the transaction ends. Null when there is no such run. */
export async function lockRow(client: PoolClient, runId: string): Promise<RunRow | null> {
  const id = parseRunId(runId)
  const sql = `SELECT ${COLUMNS} FROM run WHERE key = $1 AND number = $2 FOR UPDATE`
  return id === null ? null : ((await client.query<RunRow>(sql, [id.key, id.number])).rows[0] ?? null)
}

/** Removes the job of a waiting run from its queue, and adds a new one to the queue of `change.node`. */
export async function requeue(
  client: PoolClient,
  jobs: JobQueue,
  row: RunRow,
  change: { node: string; priority: number },
): Promise<void> {
  const id = parseRunId(row.data.run)
  if (id === null || row.job_id === null) return
  await jobs.unsendRun(client, row.data.node, row.job_id)
  const jobId = randomUUID()
  const data = { ...row.data, node: change.node }
  await client.query('UPDATE run SET (job_id, data) = ($3, $4) WHERE key = $1 AND number = $2', [
    id.key,
    id.number,
    jobId,
    data,
  ])
  await jobs.sendRun(client, { key: id.key, run: data.run, jobId, ...change })
}

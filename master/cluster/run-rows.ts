// The rows of runs that several masters share, and the steps that the transactions on them have in common.

import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { withEndedRun } from '../records/project.ts'
import type { RunRequest } from '../records/run.ts'
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
 * queued.
 */
export interface RunRow {
  key: string
  data: Run
  request: RunRequest | null
  job_id: string | null
  taken_by: string | null
}

export const COLUMNS = 'run.key, run.data, run.wish AS request, run.job_id, run.taken_by'

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

/** Writes what the end of a run changes in its project. */
export async function closeProject(client: PoolClient, project: StoredProject, run: Run): Promise<StoredProject> {
  const closed = withEndedRun(project, run.run, run)
  await writeProject(client, closed)
  return closed
}

/** The runs of a project that have not ended. */
export async function openRowsOf(client: PoolClient, key: string): Promise<RunRow[]> {
  return (await client.query<RunRow>(`SELECT ${COLUMNS} FROM run WHERE key = $1 AND NOT ended`, [key])).rows
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

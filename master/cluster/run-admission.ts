// Admits a request for a run on any master: one transaction makes the run and its job, and uses up the fire time.

import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { withDueAgain, withQueuedRun } from '../records/project.ts'
import { newRun, priorityOf, type RunRequest } from '../records/run.ts'
import type { FireTime } from '../runs/runs.ts'
import { writeProject } from '../store/postgres/projects.ts'
import { numberOf, writeRun } from '../store/postgres/runs.ts'
import { formatRunId } from '../store/store.ts'
import { changeProject, openRowsOf, type RunRow, type RunRowsDeps, requeue } from './run-rows.ts'

/** The result of a request. `queue` is the master whose queue has a new job; null when there is no new job. */
export interface Admission {
  run: Run
  isNew: boolean
  queue: string | null
}

/**
 * Makes a run and its job, or joins the project's open run. Null when the fire time was already used up, or when a
 * refresh finds the project busy. A refresh has no job: the master that requests it executes it.
 */
export function admitRun(
  deps: RunRowsDeps,
  key: string,
  request: RunRequest,
  fire?: FireTime,
): Promise<Admission | null> {
  const isRefresh = request.onlySlaves !== undefined
  return changeProject(deps, key, async (client, project) => {
    if (fire !== undefined && project.next_run_time !== fire.was) return null
    const next = fire === undefined ? project : { ...project, next_run_time: fire.next }
    const open = await openRowsOf(client, key)
    const present = open.find(({ request: theirs }) => theirs?.onlySlaves === undefined)
    if (isRefresh && open.length > 0) return null
    if (present !== undefined) return join(deps, client, next, present, request)
    const run = newRun(formatRunId(key, project.runs_made + 1), project, request, deps.isoNow(), leadOf(project))
    const jobId = randomUUID()
    await writeRun(client, key, run, deps.history)
    await client.query('UPDATE run SET (wish, job_id, taken_by) = ($3, $4, $5) WHERE key = $1 AND number = $2', [
      key,
      numberOf(run),
      request,
      jobId,
      isRefresh ? deps.node : null,
    ])
    await writeProject(client, {
      ...withQueuedRun(next, run, project.runs_made + 1),
      due_again: isRefresh && next.due_again,
    })
    const job = { key, run: run.run, jobId, node: run.node, priority: priorityOf(request) }
    if (!isRefresh) await deps.jobs.sendRun(client, job)
    return { run, isNew: true, queue: isRefresh ? null : run.node }
  })
}

async function join(
  { jobs }: RunRowsDeps,
  client: PoolClient,
  project: StoredProject,
  row: RunRow,
  request: RunRequest,
): Promise<Admission> {
  const waits = row.data.state === 'queued'
  const hurries = request.trigger === 'explicit' && row.taken_by === null && row.request?.trigger !== 'explicit'
  if (hurries) await requeue(client, jobs, row, { node: row.data.node, priority: priorityOf(request) })
  const dueAgain = request.trigger !== 'explicit' && !waits
  await writeProject(client, withDueAgain(project, dueAgain))
  return { run: row.data, isNew: false, queue: hurries ? row.data.node : null }
}

/** The master that executes a project's runs. */
function leadOf(project: StoredProject): string {
  return project.lead ?? project.node
}

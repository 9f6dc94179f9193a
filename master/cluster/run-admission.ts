// Admits a request for a run on any master: one transaction makes the run and its job, and uses up the fire time.

import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { ProjectBusy } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { withDueAgain, withQueuedRun } from '../records/project.ts'
import { placeRequest, withJoined } from '../records/requests.ts'
import { newRun, priorityOf, type RunRequest } from '../records/run.ts'
import { type Enqueued, enqueuedAs, type FireTime } from '../runs/runs.ts'
import { writeProject } from '../store/postgres/projects.ts'
import { numberOf, writeRun } from '../store/postgres/runs.ts'
import { formatRunId } from '../store/store.ts'
import {
  changeProject,
  leadOf,
  openRowsOf,
  type RunRow,
  type RunRowsDeps,
  requeue,
  runOf,
  syncsAmong,
} from './run-rows.ts'

/**
 * The result of a request. `changed`: the run is new, or carries more than before. `queue` is the master whose queue has
 * a new job; null when there is no new job.
 */
export interface Admission extends Enqueued {
  /** Of the request, by its project. */
  priority: number
  changed: boolean
  queue: string | null
}

/**
 * Makes a run and its job, or joins a run of the project that waits. A run behind another one gets its job when that
 * has ended. Null when the fire time was already used up, or when a
 * refresh finds the project busy. A refresh has no job: the master that requests it executes it.
 */
export function admitRun(
  deps: RunRowsDeps,
  key: string,
  request: RunRequest,
  fire?: FireTime,
): Promise<Admission | null> {
  return changeProject(deps, key, async (client, project) => {
    if (fire !== undefined && project.next_run_time !== fire.was) return null
    const next = fire === undefined ? project : { ...project, next_run_time: fire.next }
    const present = await openRowsOf(client, key)
    if (request.onlySlaves !== undefined && present.length > 0) return null
    const rows = syncsAmong(present)
    const open = rows.map(runOf)
    const placement = placeRequest(request, open)
    const priority = priorityOf(request, project)
    if (placement.kind === 'refuse') throw new ProjectBusy(project.id)
    if (placement.kind === 'add') {
      const { run, queue } = await add(deps, client, next, request, rows)
      return { ...enqueuedAs(placement, run, open), changed: true, queue, priority }
    }
    if (request.trigger !== 'explicit') await writeProject(client, withDueAgain(next, placement.kind === 'later'))
    if (placement.kind === 'later')
      return { ...enqueuedAs(placement, placement.run, open), changed: false, queue: null, priority }
    const { run, ...joined } = await join(deps, client, project, rows, placement.run, request)
    return { ...enqueuedAs(placement, run, open), ...joined, priority }
  })
}

/** Makes a run behind those that are open, and its job when there are none. A refresh needs no job. */
async function add(
  deps: RunRowsDeps,
  client: PoolClient,
  project: StoredProject,
  request: RunRequest,
  open: readonly RunRow[],
): Promise<Pick<Admission, 'run' | 'queue'>> {
  const { key } = project
  const isRefresh = request.onlySlaves !== undefined
  const number = project.runs_made + 1
  const run = newRun(formatRunId(key, number), project, request, deps.isoNow(), leadOf(project))
  const jobId = randomUUID()
  await writeRun(client, key, run, deps.history)
  await client.query('UPDATE run SET (wish, job_id, taken_by) = ($3, $4, $5) WHERE key = $1 AND number = $2', [
    key,
    number,
    request,
    jobId,
    isRefresh ? deps.node : null,
  ])
  await writeProject(client, withQueuedRun(project, run, number))
  const hasJob = !isRefresh && open.length === 0
  const job = { key, run: run.run, jobId, node: run.node, priority: priorityOf(request, project) }
  if (hasJob) await deps.jobs.sendRun(client, job)
  return { run, queue: hasJob ? run.node : null }
}

/** Makes a waiting run carry a request too. Its master reads that when the run starts. Only the first one has a job. */
async function join(
  { jobs }: RunRowsDeps,
  client: PoolClient,
  project: StoredProject,
  rows: readonly RunRow[],
  waiting: Run,
  request: RunRequest,
): Promise<Pick<Admission, 'run' | 'changed' | 'queue'>> {
  const row = rows.find(({ data }) => data.run === waiting.run)
  if (row === undefined) throw new Error(`The run ${waiting.run} is not one of its project`)
  const before = row.request
  const run = withJoined(row.data, { ...request, force: request.force || before?.force === true })
  const { mode, force = false, from_upstream: upstream } = run
  const isFirstExplicit = request.trigger === 'explicit' && before?.trigger !== 'explicit'
  const wish = before && {
    ...before,
    mode,
    force,
    ...(upstream === undefined ? {} : { upstream }),
    ...(isFirstExplicit ? { trigger: 'explicit' } : {}),
  }
  const values = [row.key, numberOf(run), run, wish]
  await client.query('UPDATE run SET (data, wish) = ($3, $4) WHERE key = $1 AND number = $2', values)
  const hurries = isFirstExplicit && row.taken_by === null && row === rows[0]
  const priority = priorityOf(request, project)
  if (hurries) await requeue(client, jobs, { ...row, data: run }, { node: run.node, priority })
  const { mode: modeBefore, force: forceBefore = false, from_upstream: upstreamBefore } = row.data
  const changed = mode !== modeBefore || force !== forceBefore || upstream !== upstreamBefore
  return { run, changed, queue: hurries ? run.node : null }
}

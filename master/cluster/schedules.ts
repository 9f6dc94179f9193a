// Schedules that several masters share: each next fire time is a job, and the master that gets the job queues the run.

import type { StoredProject } from '../../shared/schemas/project.ts'
import { plainRequest } from '../records/run.ts'
import type { Runs } from '../runs/runs.ts'
import type { Schedules } from '../runs/schedules.ts'
import { nextAfterFire } from '../schedule/next-run-time.ts'
import type { Database } from '../store/postgres/database.ts'
import type { Store } from '../store/store.ts'
import type { FireJob, JobQueue } from './job-queue.ts'

export interface ClusterSchedulesDeps {
  store: Store
  database: Database
  runs: Pick<Runs, 'enqueue'>
  jobs: JobQueue
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export interface ClusterSchedules extends Schedules {
  /** Sends the jobs of fire times that are overdue again. A fire time whose job comes twice is used up once. */
  tidy: () => Promise<void>
}

/** A fire time that is handled this late counts as missed. */
const LATE_MS = 60_000
/** A job that has not come this long after its fire time counts as lost, and is sent again. */
const LOST_S = 30
const SENT_AT_ONCE = 5_000

export function createClusterSchedules(deps: ClusterSchedulesDeps): ClusterSchedules {
  const { store, database, runs, jobs, now, onError } = deps
  let problem: string | null = null
  let sending: Promise<void> = Promise.resolve()

  const send = (fires: readonly FireJob[]): void => {
    sending = sending
      .then(() => jobs.sendFires(fires))
      .then(
        () => {
          problem = null
        },
        (error) => {
          problem = 'the scheduler cannot reach the job queue'
          onError(error, { part: 'schedules' })
        },
      )
  }

  /** The transaction that makes the run uses up the stored fire time, so that a second job for it does nothing. */
  const fire = async ({ key, at }: FireJob): Promise<void> => {
    const project = await store.findProjectByKey(key)
    if (project === null || !project.enabled || project.next_run_time !== at) return
    const next = nextAfterFire(project, now())
    const trigger = now() - Date.parse(at) > LATE_MS ? 'catch_up' : 'schedule'
    const enqueued = await runs.enqueue(key, plainRequest(trigger), { was: at, next })
    if (enqueued !== null && next !== null) send([{ key, at: next }])
  }

  const sendAll = async (projects: readonly StoredProject[]): Promise<void> => {
    const fires = projects.flatMap(({ key, enabled, next_run_time: at }) =>
      enabled && at !== null ? [{ key, at }] : [],
    )
    for (let from = 0; from < fires.length; from += SENT_AT_ONCE) send(fires.slice(from, from + SENT_AT_ONCE))
    await sending
  }

  return {
    follow: ({ key, enabled, next_run_time: at }) => {
      if (enabled && at !== null) send([{ key, at }])
    },
    forget: () => {},
    start: async () => {
      await sendAll(await store.listProjects())
      jobs.workFires(fire)
    },
    tidy: async () => {
      const rows = await database.query<{ data: StoredProject }>(
        "SELECT data FROM project WHERE next_run_time < to_char((now() - make_interval(secs => $1)) AT TIME ZONE 'UTC', $2)",
        [LOST_S, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'],
      )
      await sendAll(rows.map(({ data }) => data))
    },
    tick: () => {},
    stop: () => sending,
    problem: () => problem,
  }
}

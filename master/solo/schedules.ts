// Keeps the scheduler and the stored next run times together, and queues what falls due.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Trigger } from '../../shared/schemas/run.ts'
import type { Schedule } from '../../shared/schemas/schedule.ts'
import { plainRequest } from '../records/run.ts'
import type { Runs } from '../runs/runs.ts'
import { createNextFire } from '../schedule/fire-times.ts'
import { createScheduler } from '../schedule/scheduler.ts'
import type { Store } from '../store/store.ts'

export interface ScheduleServiceDeps {
  store: Store
  runs: Pick<Runs, 'enqueue'>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export type ScheduleService = ReturnType<typeof createScheduleService>

/** A scheduler that looks this rarely has stopped working. */
const STALE_TICK_MS = 60_000

export function createScheduleService({ store, runs, now, onError }: ScheduleServiceDeps) {
  const scheduler = createScheduler(now, (key) => {
    void fire(key, 'schedule')
  })

  let stopping = false
  let catchingUp: Promise<void> = Promise.resolve()

  const queue = async (project: StoredProject, trigger: Trigger): Promise<void> => {
    const next = nextRunTime(project, now() + 1)
    scheduler.set(project.key, toMs(next))
    await runs.enqueue(project.key, plainRequest(trigger), { was: project.next_run_time, next })
  }

  const fire = async (key: string, trigger: Trigger): Promise<void> => {
    try {
      const project = await store.findProjectByKey(key)
      if (project?.enabled && project.cron_options !== null) await queue(project, trigger)
    } catch (error) {
      onError(error, { key })
    }
  }

  const catchUp = async (keys: readonly string[]): Promise<void> => {
    for (const key of keys) {
      if (stopping) return
      await fire(key, 'catch_up')
    }
  }

  return {
    /** Makes the scheduler follow what is stored of a project. */
    follow: (project: StoredProject): void => scheduler.set(project.key, toMs(project.next_run_time)),
    forget: (key: string): void => scheduler.set(key, null),

    /**
     * Starts to tick. What fell due while the master was down, or was interrupted in the middle of a scheduled run
     * (`interrupted` are the keys of those projects), is queued once as a catch-up, in the background: after a long
     * stop that can be every project.
     */
    start: async (interrupted: readonly string[]): Promise<void> => {
      const broken = new Set(interrupted)
      const missed: string[] = []
      for (const project of await store.listProjects()) {
        if (!project.enabled || project.cron_options === null) continue
        const late = project.next_run_time !== null && Date.parse(project.next_run_time) <= now()
        if (late || project.due_again || broken.has(project.key)) missed.push(project.key)
        else scheduler.set(project.key, toMs(project.next_run_time))
      }
      scheduler.start()
      catchingUp = catchUp(missed)
    },
    /** Looks for what is due now; the clock does this every second. */
    tick: (): void => scheduler.tick(),
    stop: async (): Promise<void> => {
      stopping = true
      await scheduler.stop()
      await catchingUp
    },
    /** Why the scheduler does not work, or null. */
    problem: (): string | null =>
      now() - scheduler.lastTick() > STALE_TICK_MS ? 'the scheduler has not ticked for a minute' : null,
  }
}

/** When a project runs next at or after `at`, ISO 8601; null when it is disabled or has no further time. */
export function nextRunTime(project: { enabled: boolean; cron_options: Schedule | null }, at: number): string | null {
  if (!project.enabled || project.cron_options === null) return null
  const next = createNextFire(project.cron_options)(at)
  return next === null ? null : new Date(next).toISOString()
}

function toMs(time: string | null): number | null {
  return time === null ? null : Date.parse(time)
}

// The schedules of a single master: keeps the scheduler in step with the stored next run times, and queues what falls due.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Trigger } from '../../shared/schemas/run.ts'
import { plainRequest } from '../records/run.ts'
import type { Runs } from '../runs/runs.ts'
import type { Schedules } from '../runs/schedules.ts'
import { goesByInterval, hasSchedule, nextAfterFire, nextRunTime } from '../schedule/next-run-time.ts'
import { createScheduler } from '../schedule/scheduler.ts'
import type { Store } from '../store/store.ts'

export interface SoloSchedulesDeps {
  store: Pick<Store, 'listProjects' | 'findProjectByKey' | 'updateProject'>
  runs: Pick<Runs, 'enqueue' | 'isActive'>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** Later than every time. */
const NEVER = '~'
/** A disk that is full is not for long, or needs a person. */
const RETRY_MS = 30_000
/** A scheduler that has not ticked for this long has stopped working. */
const STALE_TICK_MS = 60_000

export function createSoloSchedules({ store, runs, now, onError }: SoloSchedulesDeps): Schedules {
  const scheduler = createScheduler(
    now,
    (key) => void fire(key, 'schedule'),
    () => void bringForward().catch((error) => onError(error, { part: 'schedules' })),
  )

  let stopping = false
  let catchingUp: Promise<void> = Promise.resolve()

  const queue = async (project: StoredProject, trigger: Trigger): Promise<void> => {
    const next = nextAfterFire(project, now())
    scheduler.set(project.key, toMs(next))
    await runs.enqueue(project.key, plainRequest(trigger), { was: project.next_run_time, next })
  }

  const fire = async (key: string, trigger: Trigger): Promise<void> => {
    try {
      const project = await store.findProjectByKey(key)
      if (!project?.enabled || !hasSchedule(project)) return
      // Its end says when the next one is due.
      if (goesByInterval(project) && runs.isActive(key)) return
      await queue(project, trigger)
    } catch (error) {
      onError(error, { key })
      // What could not be stored is due still.
      if (!stopping) scheduler.setSooner(key, now() + RETRY_MS)
    }
  }

  /** A time that was computed while the clock was ahead may lie later than the next fire time is. */
  const bringForward = async (): Promise<void> => {
    for (const project of await store.listProjects()) {
      if (broughtForward(project, now()) === project) continue
      const { key, next_run_time } = await store.updateProject(project.key, (one) => broughtForward(one, now()))
      scheduler.set(key, toMs(next_run_time))
    }
  }

  const catchUp = async (keys: readonly string[]): Promise<void> => {
    for (const key of keys) {
      if (stopping) return
      await fire(key, 'catch_up')
    }
  }

  return {
    follow: (project) => scheduler.set(project.key, toMs(project.next_run_time)),
    forget: (key) => scheduler.set(key, null),
    /** Catches up in the background, because after a long stop every project may be late. */
    start: async (interrupted) => {
      await bringForward()
      const broken = new Set(interrupted)
      const missed: string[] = []
      for (const project of await store.listProjects()) {
        if (!project.enabled || !hasSchedule(project)) continue
        const late = project.next_run_time !== null && Date.parse(project.next_run_time) <= now()
        if (late || project.due_again || broken.has(project.key)) missed.push(project.key)
        else scheduler.set(project.key, toMs(project.next_run_time))
      }
      scheduler.start()
      catchingUp = catchUp(missed)
    },
    tick: () => scheduler.tick(),
    stop: async () => {
      stopping = true
      await scheduler.stop()
      await catchingUp
    },
    problem: () => (scheduler.sinceTick() > STALE_TICK_MS ? 'the scheduler has not ticked for a minute' : null),
  }
}

function broughtForward(project: StoredProject, at: number): StoredProject {
  const next = nextRunTime(project, at)
  const known = project.next_run_time ?? (goesByInterval(project) ? NEVER : '')
  const isLater = next !== null && next < known
  return isLater ? { ...project, next_run_time: next } : project
}

function toMs(time: string | null): number | null {
  return time === null ? null : Date.parse(time)
}

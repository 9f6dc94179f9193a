// Notices projects that have not been synced for twice their schedule's period.

import type { EventBus } from '../../shared/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { createNextFire } from '../schedule/fire-times.ts'
import type { Store } from '../store/store.ts'

export interface StaleWatchDeps {
  store: Store
  events: EventBus<MasterEvents>
  now: () => number
  everyMs: number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export function createStaleWatch({ store, events, now, everyMs, onError }: StaleWatchDeps) {
  /** Told once; again only after a success. */
  const told = new Map<string, string | null>()
  let timer: NodeJS.Timeout | null = null

  const look = async (): Promise<void> => {
    for (const project of await store.listProjects()) {
      const { id, key, last_success_at } = project
      if (told.get(key) === last_success_at || !isStale(project, now())) continue
      told.set(key, last_success_at)
      events.publish('project.stale', { id, key, last_success_at })
    }
  }

  return {
    look,
    start: (): void => {
      timer = setInterval(() => void look().catch((error) => onError(error, { part: 'stale watch' })), everyMs)
      timer.unref()
    },
    stop: (): void => {
      if (timer !== null) clearInterval(timer)
    },
  }
}

/**
 * True when the last success (or, without one, the adding) lies further back than twice the time between the last two
 * fire times that should have led to one. `now` is in milliseconds since 1970.
 */
export function isStale(project: StoredProject, now: number): boolean {
  if (!project.enabled || project.cron_options === null) return false
  const nextFire = createNextFire(project.cron_options)
  const since = Date.parse(project.last_success_at ?? project.created_at)
  const first = nextFire(since + 1)
  const second = first === null ? null : nextFire(first + 1_000)
  if (first === null || second === null) return false
  return now > Math.max(since, first) + 2 * (second - first)
}

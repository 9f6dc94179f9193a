// Notices projects that have not been synced for twice their schedule's period, and those that clients will soon refuse.

import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { EventBus } from '../../shared/flow/events.ts'
import { type Repetition, repeat } from '../../shared/flow/repeat.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { createNextFire } from '../schedule/fire-times.ts'
import type { Store } from '../store/store.ts'

export interface StaleWatchDeps {
  store: Store
  events: EventBus<MasterEvents>
  /** Whether this master looks after a project; another one watches the others. */
  isLead: (project: StoredProject) => boolean
  now: () => number
  everyMs: number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** `at` is when the project becomes stale, in milliseconds since 1970, null for never; `since` is its last success. */
interface Deadline {
  since: string | null
  schedule: StoredProject['cron_options']
  interval: StoredProject['interval_s']
  at: number | null
  isNew: boolean
}

const COMPUTED_AT_ONCE = 100
/** Archives whose Release expires write it anew every day. */
const EXPIRES_SOON_MS = 86_400_000

export function createStaleWatch({ store, events, isLead, now, everyMs, onError }: StaleWatchDeps) {
  /** By key: the last success when the project was published as stale; it is published again only after another. */
  const told = new Map<string, string | null>()
  /** By key; computed again only when the project has succeeded or has another schedule. */
  const deadlines = new Map<string, Deadline>()
  /** By key: the end that was told. */
  const toldEnds = new Map<string, string>()
  let looks: Repetition | null = null
  const unsubscribe = events.on('project.removed', ({ key }) => {
    told.delete(key)
    deadlines.delete(key)
    toldEnds.delete(key)
  })

  const deadlineOf = (project: StoredProject): Deadline => {
    const { key, last_success_at, cron_options, interval_s } = project
    const known = deadlines.get(key)
    if (known?.since === last_success_at && known.schedule === cron_options && known.interval === interval_s)
      return known
    const computed = {
      since: last_success_at,
      schedule: cron_options,
      interval: interval_s,
      at: staleAt(project),
      isNew: true,
    }
    deadlines.set(key, { ...computed, isNew: false })
    return computed
  }

  const tellEnd = ({ id, key, valid_until = null }: StoredProject): void => {
    if (valid_until === null || toldEnds.get(key) === valid_until) return
    if (now() < Date.parse(valid_until) - EXPIRES_SOON_MS) return
    toldEnds.set(key, valid_until)
    events.publish('project.expiring', { id, key, valid_until })
  }

  const look = async (): Promise<void> => {
    let computed = 0
    for (const project of await store.listProjects()) {
      const { id, key, last_success_at } = project
      if (isLead(project)) tellEnd(project)
      if (!project.enabled || !isLead(project) || told.get(key) === last_success_at) continue
      const { at, isNew } = deadlineOf(project)
      // After a start that is every project: other work gets its turn in between.
      if (isNew && ++computed % COMPUTED_AT_ONCE === 0) await yieldToOthers()
      if (at === null || now() <= at) continue
      told.set(key, last_success_at)
      events.publish('project.stale', { id, key, last_success_at })
    }
  }

  return {
    start: (): void => {
      const onLookError = (error: unknown) => onError(error, { part: 'stale watch' })
      looks = repeat({ work: look, every: everyMs, first: 'later', ref: false, onError: onLookError })
    },
    stop: async (): Promise<void> => {
      unsubscribe()
      await looks?.stop()
    },
  }
}

/**
 * When a project becomes stale, in milliseconds since 1970: two periods of its schedule after the first fire time that
 * follows its last success (or, without one, its addition). Null when the schedule has no such times.
 */
export function staleAt(
  project: Pick<StoredProject, 'cron_options' | 'interval_s' | 'last_success_at' | 'created_at'>,
): number | null {
  const since = Date.parse(project.last_success_at ?? project.created_at)
  if (project.interval_s) return since + 3 * project.interval_s * 1000
  if (project.cron_options === null) return null
  const nextFire = createNextFire(project.cron_options)
  const first = nextFire(since + 1)
  const second = first === null ? null : nextFire(first + 1_000)
  if (first === null || second === null) return null
  return Math.max(since, first) + 2 * (second - first)
}

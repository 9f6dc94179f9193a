// The outlets of a master: what shows and tells others what happens. They listen, and change nothing.

import type { Settings } from '../../settings.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import { splitOptions } from '../../shared/rsync/options.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import type { Runs } from '../runs/runs.ts'
import type { Store } from '../store/store.ts'
import type { Topology } from '../topology.ts'
import { createEventStream } from './event-stream.ts'
import { createFeeds } from './feeds.ts'
import { createMetrics } from './metrics.ts'
import { createProjectViews } from './project-views.ts'
import { createStaleWatch } from './stale-watch.ts'
import { createWebhooks } from './webhooks.ts'

export interface OutletsDeps {
  settings: Settings
  store: Store
  events: EventBus<MasterEvents>
  runs: Pick<Runs, 'listActive' | 'listOwn'>
  slaves: { list: () => Promise<SlaveView[]> }
  topology: Pick<Topology, 'isLead'>
  now: () => number
  onWarning: (message: string, details: Record<string, unknown>) => void
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const WEBHOOK_PAUSE_MS = 1_000
const STALE_LOOK_MS = 60_000

export function createOutlets(deps: OutletsDeps) {
  const { settings, store, events, runs, slaves, topology, now, onWarning, onError } = deps
  const listActive = () => runs.listActive()
  const views = createProjectViews(store, events)
  const feeds = createFeeds({ store, events, site: settings, listActive })
  const metrics = createMetrics({ store, events, listActive: () => runs.listOwn(), listSlaves: () => slaves.list() })
  const eventStream = createEventStream({ store, events, runs, slaves, onError })
  const webhooks = createWebhooks({
    store,
    events,
    urls: splitOptions(settings.WEBHOOK_URLS),
    secret: settings.WEBHOOK_SECRET,
    now,
    firstPauseMs: WEBHOOK_PAUSE_MS,
    onWarning,
  })
  const staleWatch = createStaleWatch({ store, events, isLead: topology.isLead, now, everyMs: STALE_LOOK_MS, onError })
  return {
    views,
    feeds,
    metrics,
    eventStream,
    /** Events may have been missed: what is kept is made anew. */
    forget: (): void => {
      for (const kept of [views, feeds, eventStream]) kept.forget()
    },
    startAlerts: async (): Promise<void> => {
      await webhooks.start()
      staleWatch.start()
    },
    /** They listen from the beginning, and to the ends of the last runs too. */
    stop: async (): Promise<void> => {
      await staleWatch.stop()
      await webhooks.stop()
      for (const outlet of [views, feeds, metrics]) outlet.stop()
    },
  }
}

// The outlets of a master: what shows and tells others what happens. They listen, and change nothing.

import type { Settings } from '../../settings.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { ChildRegistry } from '../../shared/process/child-registry.ts'
import { splitOptions } from '../../shared/rsync/options.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import type { Runs } from '../runs/runs.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { Store } from '../store/store.ts'
import type { Topology } from '../topology.ts'
import { createDownstreams } from './downstreams.ts'
import { createEventStream } from './event-stream.ts'
import { createFeeds } from './feeds.ts'
import { createHookRunner } from './hook-runner.ts'
import { createMetrics } from './metrics.ts'
import { createChannels } from './notify/channels/channels.ts'
import { createMachineWatch } from './notify/machine-watch.ts'
import { createNotifier } from './notify/notifier.ts'
import { createProjectViews } from './project-views.ts'
import { createStaleWatch } from './stale-watch.ts'
import { createWebhooks } from './webhooks.ts'

export interface OutletsDeps {
  settings: Settings
  children: ChildRegistry
  /** An empty folder that is the home of the programs that are started. */
  home: string
  store: Store
  events: EventBus<MasterEvents>
  runs: Pick<Runs, 'listActive' | 'listOwn'>
  slaves: { list: () => Promise<SlaveView[]> }
  topology: Pick<Topology, 'isLead'>
  box: Pick<SecretBox, 'open'>
  now: () => number
  onWarning: (message: string, details: Record<string, unknown>) => void
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const WEBHOOK_PAUSE_MS = 1_000
const STALE_LOOK_MS = 60_000
/** A dead upstream fails its projects one after the other, and nobody wants a mail for each. */
const GATHER_MS = 60_000
const MESSAGE_PAUSE_MS = 300_000
const MESSAGE_RETRY_MS = 30_000
const MACHINE_LOOK_MS = 600_000
const MIB = 1024 ** 2

export function createOutlets(deps: OutletsDeps) {
  const { settings, children, home, store, events, runs, slaves, topology, box, now, onWarning, onError } = deps
  const listActive = () => runs.listActive()
  const views = createProjectViews(store, events)
  const feeds = createFeeds({ store, events, site: settings, listActive, now })
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
  const downstreams = createDownstreams({
    store,
    events,
    box,
    now,
    firstPauseMs: WEBHOOK_PAUSE_MS,
    onWarning,
    onUntold: metrics.noteUntold,
  })
  const hookRunner = createHookRunner({ settings, children, home, store, events, onWarning, onError })
  const staleWatch = createStaleWatch({ store, events, isLead: topology.isLead, now, everyMs: STALE_LOOK_MS, onError })
  const notifier = createNotifier({
    store,
    events,
    channels: createChannels(settings),
    site: `Mirrorfleet ${settings.MASTER_NODE === 'main' ? settings.MASTER_HOSTNAME : settings.MASTER_NODE}`,
    gatherMs: GATHER_MS,
    pauseMs: MESSAGE_PAUSE_MS,
    retryMs: MESSAGE_RETRY_MS,
    onWarning,
  })
  const machineWatch = createMachineWatch({
    notifier,
    folders: [...new Set([settings.DATA_DIR, settings.DEST_ROOT])],
    floorBytes: settings.DISK_FLOOR_MB * MIB,
    certificate: settings.TLS_CERT,
    now,
    everyMs: MACHINE_LOOK_MS,
    onError,
  })
  return {
    views,
    feeds,
    metrics,
    eventStream,
    notifier,
    /** Events may have been missed: what is kept is made anew. */
    forget: (): void => {
      for (const kept of [views, feeds, eventStream]) kept.forget()
    },
    startAlerts: async (): Promise<void> => {
      await webhooks.start()
      await downstreams.start()
      await hookRunner.start()
      await notifier.start()
      staleWatch.start()
      machineWatch.start()
    },
    /** They listen from the beginning, and to the ends of the last runs too. */
    stop: async (): Promise<void> => {
      await staleWatch.stop()
      await machineWatch.stop()
      await notifier.stop()
      await downstreams.stop()
      await hookRunner.stop()
      await webhooks.stop()
      for (const outlet of [views, feeds, metrics]) outlet.stop()
    },
  }
}

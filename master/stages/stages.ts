// Puts the stages of a run together.

import type { Settings } from '../../settings.ts'
import type { LimitedQueue } from '../../shared/flow/limited-queue.ts'
import type { RunLog } from '../../shared/logs/run-log.ts'
import type { ChildRegistry } from '../../shared/process/child-registry.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { createDiskLooks } from '../../shared/trees/disk-looks.ts'
import { isOfRoot } from '../store/of-root.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { Store } from '../store/store.ts'
import type { Topology } from '../topology.ts'
import type { ChangeLists } from './change-lists.ts'
import { createFanOut } from './fan-out/fan-out.ts'
import type { FanOutDeps } from './fan-out/order.ts'
import type { MasterTrees } from './master-trees.ts'
import { createPipeline, type Pipeline } from './pipeline.ts'
import { createPublisher, type Publisher } from './publish.ts'
import type { SlaveClient } from './slave-client.ts'
import { createUpstreamAttempts } from './upstream/attempts.ts'
import { type LookRequest, lookAtUpstream } from './upstream/probe/look.ts'
import { PROBE_LIMITS } from './upstream/probe/reading.ts'

export interface StagesDeps {
  settings: Settings
  store: Store
  topology: Pick<Topology, 'address'>
  children: ChildRegistry
  /** An empty folder that is the home of the programs that are started. */
  home: string
  box: SecretBox
  client: SlaveClient
  changes: ChangeLists
  trees: MasterTrees
  /** Where the upstream stages wait for their turn. */
  turns: LimitedQueue
  openLog: (run: string) => RunLog
  /** What is known of slaves since the last look at each. */
  slaves: Pick<FanOutDeps, 'rsyncdPortOf' | 'publicNameOf' | 'protocolOf'>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export function createStages(deps: StagesDeps): { pipeline: Pipeline; publisher: Publisher } {
  const { settings, store, children, home, box, client, changes, trees, turns, openLog, slaves, now, onError } = deps
  const protocolOf: FanOutDeps['protocolOf'] = (slave) => slaves.protocolOf(slave)
  const ofRoot = (project: StoredProject) => isOfRoot(store, project)
  const isProject = async (key: string) => (await store.findProjectByKey(key)) !== null
  const upstream = {
    settings,
    children,
    home,
    box,
    changes,
    trees,
    disks: createDiskLooks(),
    now,
    isOfRoot: ofRoot,
    isProject,
  }
  const looking = { upstream, store, limits: PROBE_LIMITS, now }
  const look = (asked: LookRequest) => lookAtUpstream(looking, asked)
  const { epoch } = store
  const publisher = createPublisher({ store, trees, client, protocolOf, now, onError })
  const pipeline = createPipeline({
    store,
    attempts: createUpstreamAttempts({ settings, openLog, turns, upstream, look, now }),
    fanOut: createFanOut({
      settings,
      client,
      source: deps.topology.address,
      changes,
      rsyncdPortOf: (id) => slaves.rsyncdPortOf(id),
      publicNameOf: (slave) => slaves.publicNameOf(slave),
      protocolOf,
      epoch,
      now,
    }),
    publisher,
    changes,
    trees,
    refreshesAtOnce: settings.MAX_CONCURRENT_SYNCS,
    now,
  })
  return { pipeline, publisher }
}

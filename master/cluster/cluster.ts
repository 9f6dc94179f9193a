// The parts of a master that shares a PostgreSQL database with others.

import type { Settings } from '../../settings.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { MasterReport } from '../../shared/schemas/master.ts'
import type { Deployment } from '../deployment.ts'
import { Database } from '../store/postgres/database.ts'
import { Notices } from '../store/postgres/notices.ts'
import { createPostgresStore } from '../store/postgres/postgres-store.ts'
import { assertSameKey } from '../store/postgres/store-key.ts'
import { createCaretaker } from './caretaker.ts'
import { createEventBridge } from './event-bridge.ts'
import { JobQueue } from './job-queue.ts'
import { createLoginFailures } from './login-failures.ts'
import { Masters, SILENCE_MS } from './masters.ts'
import { RunTransactions } from './run-transactions.ts'
import { ClusterRuns } from './runs.ts'
import { createClusterSchedules } from './schedules.ts'
import { createClusterTopology } from './topology.ts'

export interface ClusterDeps {
  settings: Settings
  /** Seals the stored passwords; all masters need the same one. */
  storeKey: string
  /** What this master says of itself. */
  report: () => MasterReport
  events: EventBus<MasterEvents>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const CONNECTIONS = 12

/** What the log and the interrupted runs say when this master is fenced. */
const FENCED = {
  silent: {
    log: 'The database cannot be reached. The runs of this master are interrupted.',
    run: 'Its master could not reach the database.',
  },
  taken: {
    log: 'Another process works under the name of this master. The runs of this master are interrupted.',
    run: 'Its master lost its name to another process.',
  },
}

export function createClusterDeployment(deps: ClusterDeps): Deployment {
  const { settings, report, events, now, onError } = deps
  const { MASTER_NODE: node, MASTER_URL: url } = settings
  const database = new Database(settings.STORE_URL, CONNECTIONS)
  const notices = new Notices(database, node, (error) => onError(error, { part: 'notices' }))
  const store = createPostgresStore(database, notices)
  const jobs = new JobQueue(database, (error) => onError(error, { part: 'job queue' }))
  const bridge = createEventBridge(notices, events)
  const masters = new Masters({ database, name: notices.name, url, report, onError })
  const transactions = new RunTransactions({
    database,
    notices,
    projects: store.projects,
    jobs,
    node,
    history: settings.RUN_HISTORY,
    isoNow: () => new Date(now()).toISOString(),
  })
  bridge.onHello(() => void masters.look().catch((error) => onError(error, { part: 'masters' })))

  return {
    store,
    runStore: transactions,
    topology: createClusterTopology({ settings, nodeName: notices.name, masters, store }),
    loginFailures: createLoginFailures(database),
    silenceMs: SILENCE_MS,
    onGap: (listener) => notices.onGap(listener),
    assemble: ({ executor, trees, publisher }) => {
      const runs = new ClusterRuns({
        store,
        executor,
        database,
        notices,
        bridge,
        jobs,
        transactions,
        masters,
        trees,
        events,
        node,
        syncsAtOnce: settings.MAX_CONCURRENT_SYNCS,
        onError,
      })
      const schedules = createClusterSchedules({ store, database, runs, jobs, now, onError })
      const caretaker = createCaretaker({
        node,
        store,
        masters,
        transactions,
        jobs,
        bridge,
        runs,
        schedules,
        trees,
        publisher,
      })
      const join = async (): Promise<void> => {
        await assertSameKey(database, deps.storeKey)
        await jobs.start(node)
        await masters.join()
        bridge.sendHello()
        await caretaker.begin()
        jobs.workDead(
          async ({ key, at }) => onError(new Error('a fire time could not be processed; trying again'), { key, at }),
          async ({ key, run }) => onError(new Error('a run could not be started; trying again'), { key, run }),
        )
      }
      const leave = async (): Promise<void> => {
        await masters.leave()
        bridge.sendHello()
        await jobs.stop()
        bridge.stop()
      }
      const beat = (): void =>
        masters.run({
          onBeat: caretaker.tend,
          onFence: (reason) => {
            onError(new Error(FENCED[reason].log), { part: 'masters' })
            caretaker.letGo()
            runs.interruptAll(FENCED[reason].run)
          },
        })
      return {
        runs,
        schedules,
        membership: { name: 'membership', start: join, stop: leave },
        beats: { name: 'beats', start: beat },
      }
    },
  }
}

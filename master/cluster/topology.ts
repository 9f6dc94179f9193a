// Several masters on one database: builds their shared parts, and sees to it that every project has a master that is up.

import { createHash } from 'node:crypto'
import type { Settings } from '../../settings.ts'
import { atField, InvalidInput, MasterDown } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { RunExecutorDeps } from '../runs/run-executor.ts'
import { flipMaster } from '../stages/publish.ts'
import { Database } from '../store/postgres/database.ts'
import { Notices } from '../store/postgres/notices.ts'
import { createPostgresStore } from '../store/postgres/postgres-store.ts'
import type { Backend, Place } from '../topology.ts'
import { createEventBridge } from './event-bridge.ts'
import { JobQueue } from './job-queue.ts'
import { createLoginFailures } from './login-failures.ts'
import { Masters } from './masters.ts'
import { SharedRunRows } from './run-transactions.ts'
import { SharedRuns } from './runs.ts'
import { createSharedSchedules } from './schedules.ts'
import { ANY, planHandovers } from './takeover.ts'

export interface SharedBackendDeps {
  settings: Settings
  /** What the stored passwords are sealed with: all masters must have the same. */
  storeKey: string
  events: EventBus<MasterEvents>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const CONNECTIONS = 12

export function createSharedBackend(deps: SharedBackendDeps): Backend {
  const { settings, events, now, onError } = deps
  const node = settings.MASTER_NODE
  const database = new Database(settings.STORE_URL, CONNECTIONS)
  const notices = new Notices(database, node, (error) => onError(error, { part: 'notices' }))
  const store = createPostgresStore(database, notices)
  const jobs = new JobQueue(database, (error) => onError(error, { part: 'job queue' }))
  const bridge = createEventBridge(notices, events)
  const isoNow = () => new Date(now()).toISOString()
  const { projects } = store
  const rows = new SharedRunRows({ database, notices, projects, jobs, node, history: settings.RUN_HISTORY, isoNow })
  const masters = new Masters({
    database,
    node,
    url: settings.MASTER_URL,
    onBeat: () => beat(),
    onFence: () => {
      onError(new Error('the database cannot be reached; the runs of this master are stopped'), { part: 'masters' })
      runs?.interruptAll('Its master could not reach the database.')
    },
    onError,
  })
  bridge.onHello(() => void masters.look().catch((error) => onError(error, { part: 'masters' })))
  let runs: SharedRuns | null = null
  let executor: RunExecutorDeps | null = null
  let schedules: ReturnType<typeof createSharedSchedules> | null = null
  const led = new Set<string>()

  const beat = async (): Promise<void> => {
    await masters.markSilent()
    if (masters.isLeader()) await handOver()
    await noticeNew()
    await runs?.tidy()
    if (masters.isLeader()) await schedules?.tidy()
  }

  const handOver = async (): Promise<void> => {
    for (const gone of masters.list().filter(({ state }) => state !== 'up'))
      runs?.tellEnded(await rows.interrupt(gone.node, () => false))
    const handovers = planHandovers(await store.listProjects(), masters.list())
    for (const { key, lead, stuck } of handovers) {
      await jobs.makeRunQueue(lead)
      const project = await rows.handOver(key, lead, stuck)
      if (project !== null) runs?.tellProject(project)
    }
    for (const lead of new Set(handovers.map((one) => one.lead))) if (lead !== node) bridge.sendWake(lead)
  }

  /** What another master knew of a project's trees may be newer, and it may have died before it flipped its symlink. */
  const noticeNew = async (): Promise<void> => {
    for (const project of await store.listProjects()) {
      if (project.lead !== node) led.delete(project.key)
      else if (!led.has(project.key)) {
        led.add(project.key)
        if (executor === null || runs?.isActive(project.key)) continue
        executor.trees.forget(project.key)
        await flipMaster(executor, project)
      }
    }
  }

  return {
    store,
    loginFailures: createLoginFailures(database),
    makeRuns: (given) => {
      executor = given
      runs = new SharedRuns({ ...given, database, notices, bridge, jobs, rows, masters, node })
      return runs
    },
    makeSchedules: ({ runs: shared }) => {
      schedules = createSharedSchedules({ store, database, runs: shared, jobs, now, onError })
      return schedules
    },
    place: (wanted, before): Place => {
      if (before !== null && (wanted ?? before.node) === before.node) return pickPlace(before)
      const name = wanted ?? node
      const known = masters.list().map((one) => one.node)
      if (name !== ANY && !known.includes(name)) {
        const message = `node: there is no master "${name}"; known are ${known.sort().join(', ')}, and "any"`
        throw atField(new InvalidInput(message), 'node')
      }
      const lead = name === ANY ? (before?.lead ?? node) : name
      return { node: name, lead, stuck: null }
    },
    leads: ({ lead }) => lead === node,
    holds: (project) => project.lead === node || project.node === ANY,
    otherMaster: (wanted) => {
      const name = 'run' in wanted ? wanted.run.node : (wanted.project.lead ?? wanted.project.node)
      if (name === node) return null
      const row = masters.find(name)
      if (row?.state !== 'up') throw new MasterDown(name, row?.state ?? 'never started')
      return row
    },
    source: { url: settings.MASTER_URL, hostname: settings.MASTER_HOSTNAME, rsyncd_port: settings.MASTER_RSYNCD_PORT },
    listMasters: async () => {
      const projects = await store.listProjects()
      return masters
        .list()
        .map((one) => ({
          ...one,
          seen_at: one.seen_at.toISOString(),
          projects: projects.filter(({ lead }) => lead === one.node).length,
        }))
        .sort((a, b) => (a.node < b.node ? -1 : 1))
    },
    onGap: (listener) => notices.onGap(listener),
    join: async () => {
      await assertSameKey(database, deps.storeKey)
      await jobs.start(node)
      await masters.join()
      bridge.sendHello()
      await handOver()
      for (const { key, lead } of await store.listProjects()) if (lead === node) led.add(key)
      jobs.workDead(
        async ({ key, at }) => onError(new Error('a fire time was tried in vain; it is tried again'), { key, at }),
        async ({ key, run }) => onError(new Error('a run could not be begun; it is tried again'), { key, run }),
      )
    },
    start: () => masters.run(),
    leave: async () => {
      await masters.leave()
      bridge.sendHello()
      await jobs.stop()
      bridge.stop()
    },
  }
}

function pickPlace({ node, lead, stuck }: Place): Place {
  return { node, lead, stuck }
}

/** @throws {Error} when another master sealed the stored passwords with another key. */
async function assertSameKey(database: Database, key: string): Promise<void> {
  const print = createHash('sha256').update(`mirrorfleet store key ${key}`).digest('hex').slice(0, 16)
  const [row] = await database.query<{ value: string }>(
    `INSERT INTO meta (name, value) VALUES ('store_key', $1)
     ON CONFLICT (name) DO UPDATE SET value = meta.value RETURNING value`,
    [print],
  )
  if (row?.value !== print) {
    throw new Error(
      'STORE_KEY is another one than that of the other masters on this database; set the same everywhere.',
    )
  }
}

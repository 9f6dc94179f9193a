// The composition root of the master: builds every part, starts them in order and stops them in the reverse one.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../settings.ts'
import { createEventBus } from '../shared/flow/events.ts'
import { createPeer } from '../shared/http/peer.ts'
import { LifecycleStack, type Part } from '../shared/node/lifecycle-stack.ts'
import { createNodeLogger } from '../shared/node/logger.ts'
import { prepareNode } from '../shared/node/prepare.ts'
import { readFleetSecrets, readStoreKey } from '../shared/node/secrets.ts'
import { readVersion } from '../shared/node/version.ts'
import { openChildRegistry } from '../shared/process/child-registry.ts'
import { type Daemon, startDaemon } from '../shared/rsync/daemon.ts'
import { checkOptions, splitOptions } from '../shared/rsync/options.ts'
import type { MasterEvents } from '../shared/schemas/event.ts'
import { makePrivateFolder } from '../shared/store/durable-file.ts'
import { assertApart } from '../shared/trees/paths.ts'
import { createSharedBackend } from './cluster/topology.ts'
import { createEventStream } from './outlets/event-stream.ts'
import { createFeeds } from './outlets/feeds.ts'
import { createMetrics } from './outlets/metrics.ts'
import { createProjectViews } from './outlets/project-views.ts'
import { createStaleWatch } from './outlets/stale-watch.ts'
import { createWebhooks } from './outlets/webhooks.ts'
import { daemonOptions } from './rsyncd-options.ts'
import { createLogService } from './runs/log-service.ts'
import { createRollback } from './runs/rollback.ts'
import { createRunLogs } from './runs/run-logs.ts'
import { createRunReports } from './runs/run-reports.ts'
import type { Runs } from './runs/runs.ts'
import { createProjectFiles } from './services/project-files.ts'
import { ProjectService } from './services/project-service.ts'
import { SlaveService } from './services/slave-service.ts'
import { createSlaveWatch } from './services/slave-watch.ts'
import { createChangeLists } from './stages/change-lists.ts'
import { createMasterTrees } from './stages/master-trees.ts'
import { recoverPublished } from './stages/publish.ts'
import { createSlaveClient } from './stages/slave-client.ts'
import { createSecretBox } from './store/secret-box.ts'
import { createFileBackend } from './topology.ts'
import { createPasswords } from './users/passwords.ts'
import { createUserService } from './users/user-service.ts'

export type MasterContext = Awaited<ReturnType<typeof createContext>>

const WEBHOOK_PAUSE_MS = 1_000
const STALE_LOOK_MS = 60_000

/** Builds the master's parts over `settings`. Only folders are made; nothing runs before `start`. */
export async function createContext(settings: Settings, now: () => number = Date.now) {
  const secrets = await readFleetSecrets(settings)
  const storeKey = await readStoreKey(settings)
  const box = createSecretBox(storeKey)
  const logger = createNodeLogger()
  const onError = (error: unknown, details: Record<string, unknown>) => logger.error(error, details)
  const home = path.join(settings.DATA_DIR, 'home')
  const childFolder = path.join(settings.DATA_DIR, 'children')
  await makePrivateFolder(home)
  const children = openChildRegistry(childFolder)

  const events = createEventBus<MasterEvents>((error) => onError(error, { part: 'event listener' }))
  const backend = settings.STORE_URL.startsWith('file:')
    ? createFileBackend(settings, now)
    : createSharedBackend({ settings, storeKey, events, now, onError })
  const { store, leads, holds, place, source } = backend
  const logs = createRunLogs(path.join(settings.DATA_DIR, 'logs'), settings.LOG_RETENTION)
  const peer = createPeer(settings, secrets.slaveToken)
  const client = createSlaveClient(peer, settings.TLS_CERT === undefined ? 'http' : 'https')
  const changes = createChangeLists(path.join(settings.DATA_DIR, 'changes'))
  const trees = createMasterTrees(settings.DEST_ROOT)
  const runs: Runs = backend.makeRuns({
    settings,
    store,
    events,
    logs,
    upstream: { settings, children, home, box, changes, trees },
    fanOut: { settings, client, changes, source, rsyncdPortOf: (id) => slaves.rsyncdPortOf(id), now },
    publish: { store, trees, client, now },
    changes,
    trees,
    now,
    onError,
  })
  const runLogs = createLogService({ store, logs, client })
  const users = createUserService({ store, passwords: createPasswords(), settings, now })
  let daemon: Daemon | null = null
  const allowHosts = async (hosts: readonly string[]) => daemon?.allowHosts(hosts)
  const slaves: SlaveService = new SlaveService({ store, events, client, allowHosts, now, onError })
  // Another master may have been told of a slave, which may pull from this one too from now on.
  const unfollowSlaves = events.on('slave.changed', () => {
    void slaves.admitHosts().catch((error) => onError(error, { part: 'rsyncd hosts' }))
  })
  const watch = createSlaveWatch({ store, slaves, runs, leads, pollMs: settings.SLAVE_POLL_S * 1000, onError })
  const schedules = backend.makeSchedules({ store, runs, now, onError })
  const files = createProjectFiles(settings.DEST_ROOT, trees)
  const projects = new ProjectService({
    settings,
    store,
    events,
    files,
    schedules,
    runs,
    logs,
    changes,
    slaves,
    box,
    place,
    holds,
    now,
  })
  const views = createProjectViews(store, events)
  const listActive = () => runs.listActive()
  const feeds = createFeeds({ store, events, site: settings, listActive })
  const metrics = createMetrics({ store, events, listActive: () => runs.listOwn(), listSlaves: () => slaves.list() })
  const eventStream = createEventStream({ store, events, runs, slaves })
  backend.onGap(() => {
    for (const kept of [views, feeds, eventStream]) kept.forget()
  })
  const webhooks = createWebhooks({
    store,
    events,
    urls: splitOptions(settings.WEBHOOK_URLS),
    secret: settings.WEBHOOK_SECRET,
    now,
    firstPauseMs: WEBHOOK_PAUSE_MS,
    onWarning: logger.warn,
  })
  const staleWatch = createStaleWatch({ store, events, leads, now, everyMs: STALE_LOOK_MS, onError })

  const makeFolders = async (): Promise<void> => {
    const { RSYNC_DEFAULT_OPTIONS: defaults, RSYNC_DELETE_OPTION } = settings
    checkOptions({ basic: [], defaults: splitOptions(defaults), delete: RSYNC_DELETE_OPTION })
    await makePrivateFolder(settings.DATA_DIR)
    // Served to slaves, and by the operator's own web server: others may read it.
    await mkdir(settings.DEST_ROOT, { recursive: true, mode: 0o755 })
  }
  const startRsyncd = async (): Promise<void> => {
    if (settings.MASTER_RSYNCD !== 'managed') return
    const hosts = await slaves.hosts()
    daemon = await startDaemon(daemonOptions(settings, secrets.rsyncdPassword, hosts, children, logger.warn))
  }
  const makeRoot = async (): Promise<void> => {
    const password = await users.ensureRoot(settings.ROOT_USER, settings.ROOT_PASS)
    if (password !== null) printFirstPassword(settings.ROOT_USER, password)
  }
  let interrupted: string[] = []
  const recover = async (): Promise<void> => {
    await recoverPublished({ store, trees, leads })
    interrupted = await runs.recover()
  }
  const startAlerts = async (): Promise<void> => {
    await webhooks.start()
    staleWatch.start()
  }
  /** They listen from the beginning, and to the ends of the last runs too. */
  const stopOutlets = async (): Promise<void> => {
    await staleWatch.stop()
    await webhooks.stop()
    for (const outlet of [views, feeds, metrics]) outlet.stop()
    unfollowSlaves()
  }

  const serving = new LifecycleStack(onError)
  const working = new LifecycleStack(onError)
  const toServe: readonly Part[] = [
    { name: 'folders', start: makeFolders },
    { name: 'store', start: store.open, stop: store.close },
    { name: 'connections', stop: peer.close },
    { name: 'outlets', stop: stopOutlets },
    { name: 'projects', start: () => projects.start(), stop: () => projects.stop() },
  ]
  const toRun: readonly Part[] = [
    { name: 'masters', start: backend.join, stop: backend.leave },
    { name: 'root user', start: makeRoot },
    { name: 'runs', stop: () => runs.stopAll() },
  ]
  const toWork: readonly Part[] = [
    { name: 'recovery', start: recover },
    { name: 'slave watch', start: watch.start, stop: watch.stop },
    { name: 'schedules', start: () => schedules.start(interrupted), stop: schedules.stop },
    { name: 'beats', start: backend.start },
    { name: 'alerts', start: startAlerts },
  ]
  const work = (parts: readonly Part[]): Part => ({
    name: 'work',
    start: () => working.start(parts),
    stop: () => working.stop(),
  })

  return {
    settings,
    secrets,
    backend,
    logger,
    store,
    events,
    runLogs,
    reports: createRunReports({ store, events, logs, runs }),
    runs,
    users,
    slaves,
    projects,
    rollback: createRollback({ store, trees, runs }),
    views,
    feeds,
    metrics,
    eventStream,
    schedules,
    now,
    version: readVersion(),

    /** Everything but the daemon and the clock: enough to serve requests. */
    open: (): Promise<void> => serving.start([...toServe, work(toRun)]),

    start: async (): Promise<void> => {
      assertApart('DATA_DIR', settings.DATA_DIR, 'DEST_ROOT', settings.DEST_ROOT)
      await prepareNode({ bin: settings.RSYNC_BIN, home, children, childFolder, logger })
      const rsyncd: Part = { name: 'rsyncd', start: startRsyncd, stop: () => daemon?.stop() }
      await serving.start([...toServe, rsyncd, work([...toRun, ...toWork])])
    },

    /** What keeps the master from working; empty when all is well. */
    problems: async (): Promise<string[]> => {
      const unwritable = await store.checkWritable().then(
        () => null,
        (error: unknown) => `the store cannot be written: ${error instanceof Error ? error.message : error}`,
      )
      const rsyncd = daemon?.problem() ?? null
      return [unwritable, rsyncd === null ? null : `rsyncd: ${rsyncd}`, schedules.problem()].filter(
        (one) => one !== null,
      )
    },

    /** Ends all work; slaves can still report that they stopped. */
    quiesce: (): Promise<void> => working.stop(),

    /** Ends all work, if need be, and then the rest. */
    stop: (): Promise<void> => serving.stop(),
  }
}

/** The only time it is seen; the log is not the place for it. */
function printFirstPassword(username: string, password: string): void {
  process.stdout.write(
    `First start: the user "${username}" has the password ${password}\nKeep it; it is not shown again.\n`,
  )
}

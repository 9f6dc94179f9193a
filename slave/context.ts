// The composition root of a slave: builds every part, starts them in order and stops them in the reverse one.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { isLoopback, type Settings } from '../settings.ts'
import { createPeer } from '../shared/http/peer.ts'
import { LifecycleStack, type Part } from '../shared/node/lifecycle-stack.ts'
import { createNodeLogger } from '../shared/node/logger.ts'
import { prepareNode } from '../shared/node/prepare.ts'
import { readFleetSecrets } from '../shared/node/secrets.ts'
import { readVersion } from '../shared/node/version.ts'
import { openChildRegistry } from '../shared/process/child-registry.ts'
import { type Daemon, startDaemon } from '../shared/rsync/daemon.ts'
import { makePrivateFolder } from '../shared/store/durable-file.ts'
import { assertApart } from '../shared/trees/paths.ts'
import { createMasterClient } from './services/master-client.ts'
import { openPendingJobs } from './services/pending-jobs.ts'
import { createPublishService } from './services/publish-service.ts'
import { ReportService } from './services/report-service.ts'
import { SyncService } from './services/sync-service.ts'
import { openTrees } from './services/trees.ts'

export type SlaveContext = Awaited<ReturnType<typeof createContext>>

const RSYNCD_CONNECTIONS = 200

/** Builds the slave's parts over `settings`. Nothing runs before `start`. */
export async function createContext(settings: Settings, now: () => number = Date.now) {
  const secrets = await readFleetSecrets(settings)
  const logger = createNodeLogger()
  const onError = (error: unknown, details: Record<string, unknown>) => logger.error(error, details)
  const home = path.join(settings.SLAVE_DATA_DIR, 'home')
  const childFolder = path.join(settings.SLAVE_DATA_DIR, 'children')
  await makePrivateFolder(home)
  await mkdir(settings.SLAVE_PUBLIC_DIR, { recursive: true, mode: 0o755 })
  const children = openChildRegistry(childFolder)
  const trees = await openTrees(settings.SLAVE_PUBLIC_DIR, logger.warn)
  const peer = createPeer(settings, secrets.slaveToken)
  const reports = new ReportService({
    masterUrl: settings.MASTER_URL,
    peer,
    folder: path.join(settings.SLAVE_DATA_DIR, 'reports'),
    onWarning: logger.warn,
  })
  const master = createMasterClient(peer, settings.MASTER_URL)
  let daemon: Daemon | null = null
  /** Those of one project come with its jobs; whoever pulls any project from here may connect. */
  const downstream = new Set<string>()
  const allowHosts = async (hosts: readonly string[]): Promise<void> => {
    const fresh = hosts.filter((host) => !downstream.has(host))
    if (fresh.length === 0) return
    for (const host of fresh) downstream.add(host)
    await daemon?.allowHosts([...downstream])
  }
  const syncs = new SyncService({
    settings,
    rsyncdPassword: secrets.rsyncdPassword,
    children,
    home,
    logFolder: path.join(settings.SLAVE_DATA_DIR, 'logs'),
    trees,
    master,
    allowHosts,
    reports,
    pending: openPendingJobs(path.join(settings.SLAVE_DATA_DIR, 'jobs')),
    now,
    onError,
  })

  const startRsyncd = async (): Promise<void> => {
    if (settings.SLAVE_RSYNCD_PORT === 0) return
    daemon = await startDaemon(daemonOptions(settings, secrets.rsyncdPassword, children, logger.warn))
  }
  const askGenerations = async (): Promise<void> => {
    // Known before anybody asks for its health. Without an answer the slave goes by what it was told before.
    const generations = await master.generations()
    if (generations !== null) await trees.expect(generations)
  }

  const serving = new LifecycleStack(onError)
  const working = new LifecycleStack(onError)
  const toWork: readonly Part[] = [
    { name: 'syncs', start: () => syncs.start(), stop: () => syncs.stopAll() },
    { name: 'generations', start: askGenerations },
  ]
  const toServe: readonly Part[] = [
    { name: 'trees', stop: trees.settle },
    { name: 'connections', stop: peer.close },
    { name: 'reports', start: () => reports.start(), stop: () => reports.stop() },
    { name: 'rsyncd', start: startRsyncd, stop: () => daemon?.stop() },
    { name: 'work', start: () => working.start(toWork), stop: () => working.stop() },
  ]

  return {
    settings,
    secrets,
    logger,
    trees,
    syncs,
    publishes: createPublishService({ trees, syncs }),
    rsyncdPort: settings.SLAVE_RSYNCD_PORT === 0 ? null : settings.SLAVE_RSYNCD_PORT,
    version: readVersion(),

    start: async (): Promise<void> => {
      assertApart('SLAVE_DATA_DIR', settings.SLAVE_DATA_DIR, 'SLAVE_PUBLIC_DIR', settings.SLAVE_PUBLIC_DIR)
      await prepareNode({ bin: settings.RSYNC_BIN, home, children, childFolder, logger })
      await serving.start(toServe)
    },
    /** Ends all work; what is not reported yet stays on disk. */
    quiesce: (): Promise<void> => working.stop(),
    /** Ends all work, if need be, and then the rest. */
    stop: (): Promise<void> => serving.stop(),
  }
}

/** For the slaves that pull from this one; nobody may until the master names them. */
function daemonOptions(
  settings: Settings,
  password: string,
  children: ReturnType<typeof openChildRegistry>,
  onEvent: (message: string, details: Record<string, unknown>) => void,
) {
  return {
    bin: settings.RSYNC_BIN,
    folder: path.join(settings.SLAVE_DATA_DIR, 'rsyncd'),
    address: isLoopback(settings.SLAVE_BIND) ? '127.0.0.1' : settings.SLAVE_BIND,
    port: settings.SLAVE_RSYNCD_PORT,
    portSetting: 'SLAVE_RSYNCD_PORT',
    module: settings.MASTER_RSYNCD_MODULE,
    modulePath: settings.SLAVE_PUBLIC_DIR,
    user: settings.SLAVE_USER,
    password,
    hosts: [],
    maxConnections: RSYNCD_CONNECTIONS,
    timeoutS: settings.RSYNC_IO_TIMEOUT_S,
    children,
    onEvent,
  }
}

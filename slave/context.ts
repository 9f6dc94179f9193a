// The composition root of a slave: builds every part, starts them in order and stops them in the reverse one.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../settings.ts'
import { createPeer } from '../shared/http/peer.ts'
import { LifecycleStack, type Part } from '../shared/node/lifecycle-stack.ts'
import { createNodeLogger } from '../shared/node/logger.ts'
import { createOwnRsyncd, type OwnRsyncd } from '../shared/node/own-rsyncd.ts'
import { prepareNode } from '../shared/node/prepare.ts'
import { rsyncdOptions } from '../shared/node/rsyncd-options.ts'
import { readFleetSecrets } from '../shared/node/secrets.ts'
import { readVersion } from '../shared/node/version.ts'
import { openChildRegistry } from '../shared/process/child-registry.ts'
import { makePrivateFolder } from '../shared/store/durable-file.ts'
import { assertApart } from '../shared/trees/paths.ts'
import { openFleetNodes } from './services/fleet-nodes.ts'
import { createFleetWatch } from './services/fleet-watch.ts'
import { createMasterClient, createNodesClient } from './services/master-client.ts'
import { openMasterLogIn } from './services/master-log-in.ts'
import { createMasterLooks } from './services/master-looks.ts'
import { openPendingJobs } from './services/pending-jobs.ts'
import { createPublishService } from './services/publish-service.ts'
import { ReportService } from './services/report-service.ts'
import { createRootMark } from './services/root-mark.ts'
import { SyncService } from './services/sync-service.ts'
import { TreeTurns } from './services/tree-turns.ts'
import { openTrees } from './services/trees.ts'

export type SlaveContext = Awaited<ReturnType<typeof createContext>>

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
  const folder = settings.SLAVE_DATA_DIR
  const trees = await openTrees(
    settings.SLAVE_PUBLIC_DIR,
    createRootMark(settings.SLAVE_PUBLIC_DIR, folder),
    logger.warn,
  )
  const peer = createPeer(settings)
  const logIn = await openMasterLogIn({ settings, token: secrets.slaveToken, folder, onWarning: logger.warn })
  const nodes = await openFleetNodes({ settings, folder, ask: createNodesClient(peer, logIn) })
  const master = createMasterClient({ peer, masterUrl: settings.MASTER_URL, logIn, nodes })
  const reports = new ReportService({
    master,
    folder: path.join(settings.SLAVE_DATA_DIR, 'reports'),
    onWarning: logger.warn,
  })
  const rsyncdDeps = { password: secrets.rsyncdPassword, children, onEvent: logger.warn }
  const rsyncdPort = settings.SLAVE_RSYNCD_PORT === 0 ? null : settings.SLAVE_RSYNCD_PORT
  const rsyncd = createOwnRsyncd(rsyncdPort === null ? null : rsyncdOptions('slave', settings, rsyncdDeps))
  const turns = new TreeTurns()
  const syncs = new SyncService({
    settings,
    rsyncdPassword: secrets.rsyncdPassword,
    children,
    home,
    logFolder: path.join(settings.SLAVE_DATA_DIR, 'logs'),
    trees,
    turns,
    master,
    allowHosts: addingHosts(rsyncd),
    reports,
    pending: openPendingJobs(path.join(settings.SLAVE_DATA_DIR, 'jobs')),
    now,
    onError,
  })

  const askGenerations = async (): Promise<void> => {
    // Known before anybody asks for its health. Without an answer the slave keeps to what it was told before.
    const generations = await master.generations()
    if (generations !== null) await trees.expect(generations)
  }

  const fleetWatch = createFleetWatch({ nodes, slaveId: settings.SLAVE_ID, onError })

  const masterLooks = createMasterLooks({ settings, peer, logIn, now, onError })

  const serving = new LifecycleStack(onError)
  const working = new LifecycleStack(onError)
  const toWork: readonly Part[] = [
    { name: 'syncs', start: () => syncs.start(), stop: () => syncs.stopAll() },
    { name: 'generations', start: askGenerations },
    { name: 'list of masters', start: fleetWatch.start, stop: fleetWatch.stop },
    { name: 'looks at the master', start: masterLooks.start, stop: masterLooks.stop },
  ]
  const toServe: readonly Part[] = [
    { name: 'trees', stop: trees.settle },
    { name: 'connections', stop: peer.close },
    { name: 'reports', start: () => reports.start(), stop: () => reports.stop() },
    // Nobody may pull from this slave until the master names them.
    { name: 'rsyncd', start: () => rsyncd.start([]), stop: rsyncd.stop },
    { name: 'work', start: () => working.start(toWork), stop: () => working.stop() },
  ]

  return {
    settings,
    logger,
    logIn,
    nodes,
    trees,
    syncs,
    masterLooks,
    publishes: createPublishService({ trees, turns, syncs }),
    rsyncdPort,
    publicName: settings.PUBLIC_NAME,
    version: readVersion(),

    start: async (): Promise<void> => {
      await assertApart('SLAVE_DATA_DIR', settings.SLAVE_DATA_DIR, 'SLAVE_PUBLIC_DIR', settings.SLAVE_PUBLIC_DIR)
      await prepareNode({ bin: settings.RSYNC_BIN, home, children, childFolder, logger })
      await serving.start(toServe)
    },
    /** Ends all work; what is not reported yet stays on disk. */
    quiesce: (): Promise<void> => working.stop(),
    /** Ends all work, if need be, and then the rest. */
    stop: (): Promise<void> => serving.stop(),
  }
}

/** Hosts come with each project's orders; one that pulls any project from here may connect. */
function addingHosts(rsyncd: OwnRsyncd): (hosts: readonly string[]) => Promise<void> {
  const allowed = new Set<string>()
  return async (hosts) => {
    const fresh = hosts.filter((host) => !allowed.has(host))
    if (fresh.length === 0) return
    for (const host of fresh) allowed.add(host)
    await rsyncd.allowHosts([...allowed])
  }
}

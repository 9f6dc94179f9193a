// The composition root of a slave: builds every part, starts them in order and stops them in the reverse one.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../settings.ts'
import { openChildRegistry } from '../shared/child-registry.ts'
import { createPeer } from '../shared/http/peer.ts'
import { createNodeLogger } from '../shared/node-logger.ts'
import { readFleetSecrets } from '../shared/node-secrets.ts'
import { assertApart } from '../shared/paths.ts'
import { prepareNode } from '../shared/prepare-node.ts'
import { makePrivateFolder } from '../shared/store/durable-file.ts'
import { readVersion } from '../shared/version.ts'
import { openPendingJobs } from './services/pending-jobs.ts'
import { ReportService } from './services/report-service.ts'
import { SyncService } from './services/sync-service.ts'
import { openTrees } from './trees.ts'

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
  const trees = await openTrees(settings.SLAVE_PUBLIC_DIR, settings.SLAVE_DATA_DIR)
  const peer = createPeer(settings, secrets.slaveToken)
  const reports = new ReportService({
    masterUrl: settings.MASTER_URL,
    peer,
    folder: path.join(settings.SLAVE_DATA_DIR, 'reports'),
    onWarning: logger.warn,
  })
  const syncs = new SyncService({
    settings,
    rsyncdPassword: secrets.rsyncdPassword,
    children,
    home,
    logFolder: path.join(settings.SLAVE_DATA_DIR, 'logs'),
    trees,
    reports,
    pending: openPendingJobs(path.join(settings.SLAVE_DATA_DIR, 'jobs')),
    now,
    onError,
  })

  return {
    settings,
    secrets,
    logger,
    trees,
    syncs,
    version: readVersion(),

    start: async (): Promise<void> => {
      assertApart('SLAVE_DATA_DIR', settings.SLAVE_DATA_DIR, 'SLAVE_PUBLIC_DIR', settings.SLAVE_PUBLIC_DIR)
      await prepareNode({ bin: settings.RSYNC_BIN, home, children, childFolder, logger })
      await reports.start()
      await syncs.start()
    },
    /** Ends all work; what is not reported yet stays on disk. */
    quiesce: (): Promise<void> => syncs.stopAll(),
    stop: async (): Promise<void> => {
      await reports.stop()
      await peer.close()
      await trees.settle()
    },
  }
}

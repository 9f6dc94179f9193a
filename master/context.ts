// The composition root of the master: builds every part, starts them in order and stops them in the reverse one.

import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../settings.ts'
import { createEventBus } from '../shared/flow/events.ts'
import { LimitedQueue } from '../shared/flow/limited-queue.ts'
import { createPeer } from '../shared/http/peer.ts'
import { deriveSlaveToken } from '../shared/http/slave-log-in.ts'
import { LifecycleStack, type Part } from '../shared/node/lifecycle-stack.ts'
import { createNodeLogger } from '../shared/node/logger.ts'
import { createOwnRsyncd } from '../shared/node/own-rsyncd.ts'
import { prepareNode } from '../shared/node/prepare.ts'
import { rsyncdOptions } from '../shared/node/rsyncd-options.ts'
import { readFleetSecrets, readStoreKey } from '../shared/node/secrets.ts'
import { readVersion } from '../shared/node/version.ts'
import { openChildRegistry } from '../shared/process/child-registry.ts'
import type { MasterEvents } from '../shared/schemas/event.ts'
import { makePrivateFolder } from '../shared/store/durable-file.ts'
import { createAuditList } from './audit/audit-list.ts'
import { createFailedLogIns } from './audit/failed-log-ins.ts'
import { createClusterDeployment } from './cluster/cluster.ts'
import { createOutlets } from './outlets/outlets.ts'
import { createOwnReport } from './own-report.ts'
import { createGenerationList } from './runs/generation-list.ts'
import { createPublishHeld } from './runs/held.ts'
import { createIntervalEnds } from './runs/interval-ends.ts'
import { createLogService } from './runs/log-service.ts'
import { createRollback } from './runs/rollback.ts'
import { RunExecutor } from './runs/run-executor.ts'
import { createRunLogs } from './runs/run-logs.ts'
import { createRunReports } from './runs/run-reports.ts'
import { createHandOver } from './services/hand-over.ts'
import { createHookService } from './services/hook-service.ts'
import { createMoveJournal } from './services/move-journal.ts'
import { createProjectFiles } from './services/project-files.ts'
import { ProjectService } from './services/project-service.ts'
import { createSlaveRemovals } from './services/slave-removals.ts'
import { SlaveService } from './services/slave-service.ts'
import { createSlaveWatch } from './services/slave-watch.ts'
import { createUpstreamTest } from './services/upstream-test.ts'
import { createSoloDeployment } from './solo/solo.ts'
import { createChangeLists } from './stages/change-lists.ts'
import { createMasterTrees } from './stages/master-trees.ts'
import { createSlaveClient } from './stages/slave-client.ts'
import { createStages } from './stages/stages.ts'
import { keysFolder } from './stages/upstream/connection.ts'
import { checkSettings, makeFolders } from './start-checks.ts'
import { createSecretBox } from './store/secret-box.ts'
import { makeFirstUser } from './users/first-user.ts'
import { createPasswords } from './users/passwords.ts'
import { createTokenUses } from './users/token-uses.ts'
import { createUserService } from './users/user-service.ts'

/** How often the last uses of tokens are written down. */
const TOKEN_USES_MS = 60_000

export type MasterContext = Awaited<ReturnType<typeof createContext>>

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
  const events = createEventBus<MasterEvents>((error) => onError(error, { part: 'event listener' }))

  const version = readVersion()
  const report = createOwnReport({ version, settings, onError })
  const deployment = settings.STORE_URL.startsWith('file:')
    ? createSoloDeployment({ settings, report: report.current, now, onError })
    : createClusterDeployment({ settings, storeKey, report: report.current, events, now, onError })
  const { store, topology, runStore } = deployment
  const children = openChildRegistry(childFolder, { silenceMs: deployment.silenceMs })

  const logs = createRunLogs(path.join(settings.DATA_DIR, 'logs'), settings.LOG_RETENTION, store)
  const changes = createChangeLists(path.join(settings.DATA_DIR, 'changes'))
  const trees = createMasterTrees(settings.DEST_ROOT, logger.warn)
  const peer = createPeer(settings)
  const tokenOf = (slaveId: string) => deriveSlaveToken(secrets.slaveToken, slaveId)
  const client = createSlaveClient(peer, settings.TLS_CERT === undefined ? 'http' : 'https', tokenOf)
  const rsyncdDeps = { password: secrets.rsyncdPassword, children, onEvent: logger.warn }
  const hasRsyncd = settings.MASTER_RSYNCD === 'managed'
  const rsyncd = createOwnRsyncd(hasRsyncd ? rsyncdOptions('master', settings, rsyncdDeps) : null)
  const slaves = new SlaveService({ store, events, client, tokenOf, allowHosts: rsyncd.allowHosts, now, onError })

  const turns = new LimitedQueue({ limit: settings.MAX_CONCURRENT_SYNCS, perKey: settings.MAX_SYNCS_PER_HOST })
  const { pipeline, publisher } = createStages({
    settings,
    store,
    topology,
    children,
    home,
    box,
    client,
    changes,
    trees,
    turns,
    openLog: logs.openUpstream,
    slaves,
    now,
    onError,
  })
  const executor = new RunExecutor({ pipeline, runStore, turns, events, logs, now, onError })
  const { runs, schedules, membership, beats } = deployment.assemble({ executor, trees, publisher })

  const audit = createAuditList({ store, now, onError })
  const uses = createTokenUses({ store, now, everyMs: TOKEN_USES_MS, onError })
  const users = createUserService({
    store,
    uses,
    passwords: createPasswords(),
    handOver: createHandOver({ store, events }),
    settings,
    now,
  })
  const files = createProjectFiles(settings.DEST_ROOT, { trees, store })
  const moves = createMoveJournal(path.join(settings.DATA_DIR, 'moves'))
  const removals = createSlaveRemovals({ store, client, onError })
  const projects = new ProjectService({
    settings,
    store,
    events,
    files,
    moves,
    schedules,
    runs,
    logs,
    changes,
    slaves,
    removals,
    box,
    topology,
    now,
  })
  const { isLead } = topology
  const pollMs = settings.SLAVE_POLL_S * 1000
  const watch = createSlaveWatch({ store, slaves, removals, runs, isLead, pollMs, onError })
  const outlets = createOutlets({
    settings,
    children,
    home,
    store,
    events,
    runs,
    slaves,
    topology,
    box,
    now,
    onWarning: logger.warn,
    onError,
  })
  deployment.onGap(outlets.forget)

  const begin = async (): Promise<void> => {
    await publisher.recover(isLead, onError)
    await schedules.start(await runs.recover())
  }

  const serving = new LifecycleStack(onError)
  const working = new LifecycleStack(onError)
  const toServe: readonly Part[] = [
    { name: 'folders', start: () => makeFolders(settings) },
    { name: 'own report', start: report.start, stop: report.stop },
    { name: 'store', start: store.open, stop: store.close },
    { name: 'token uses', stop: uses.stop },
    { name: 'audit list', start: audit.start, stop: audit.stop },
    { name: 'connections', stop: peer.close },
    { name: 'outlets', stop: outlets.stop },
    { name: 'slaves', start: () => slaves.start(), stop: () => slaves.stop() },
    { name: 'projects', start: () => projects.start(), stop: () => projects.stop() },
  ]
  const toRun: readonly Part[] = [
    membership,
    { name: 'first user', start: () => makeFirstUser({ settings, users, onWarning: logger.warn }) },
    { name: 'interval ends', ...createIntervalEnds({ events, schedules }) },
    { name: 'runs', stop: () => runs.stopAll() },
  ]
  const toWork: readonly Part[] = [
    { name: 'schedules', start: begin, stop: schedules.stop },
    { name: 'slave watch', start: watch.start, stop: watch.stop },
    beats,
    { name: 'alerts', start: outlets.startAlerts },
  ]
  const work = (parts: readonly Part[]): Part => ({
    name: 'work',
    start: () => working.start(parts),
    stop: () => working.stop(),
  })

  return {
    settings,
    secrets,
    topology,
    loginFailures: deployment.loginFailures,
    logger,
    store,
    events,
    runLogs: createLogService({ store, logs, client }),
    reports: createRunReports({ store, events, logs, runs }),
    runs,
    users,
    uses,
    audit,
    noteFailedLogIn: createFailedLogIns({ store, audit, now, onError }),
    slaves,
    projects,
    testUpstream: createUpstreamTest({ settings, children, home, box, projects }),
    hooks: createHookService({ store, box, runs }),
    rollback: createRollback({ store, trees, runs }),
    publishHeld: createPublishHeld({ store, runs }),
    listGenerations: createGenerationList({ store, trees }),
    views: outlets.views,
    feeds: outlets.feeds,
    metrics: outlets.metrics,
    eventStream: outlets.eventStream,
    notifier: outlets.notifier,
    schedules,
    now,
    version,

    /** Everything but rsyncd and the clock: enough to serve requests. */
    open: (): Promise<void> => serving.start([...toServe, work(toRun)]),

    start: async (): Promise<void> => {
      await checkSettings(settings, { slaveToken: secrets.slaveToken, warn: logger.warn })
      await rm(keysFolder(settings), { recursive: true, force: true })
      await prepareNode({ bin: settings.RSYNC_BIN, home, children, childFolder, logger })
      const daemon: Part = { name: 'rsyncd', start: async () => rsyncd.start(await slaves.hosts()), stop: rsyncd.stop }
      await serving.start([...toServe, daemon, work([...toRun, ...toWork])])
    },

    /** What keeps the master from working; empty when nothing does. */
    problems: async (): Promise<string[]> => {
      const unwritable = await store.checkWritable().then(
        () => null,
        (error: unknown) => `the store cannot be written: ${error instanceof Error ? error.message : error}`,
      )
      return [unwritable, topology.problem(), rsyncd.problem(), schedules.problem()].filter((one) => one !== null)
    },

    /** Ends all work; slaves can still report that they stopped. */
    quiesce: (): Promise<void> => working.stop(),

    /** Ends all work, if need be, and then the rest. */
    stop: (): Promise<void> => serving.stop(),
  }
}

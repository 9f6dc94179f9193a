// The fan-out stage of a run: tells every slave at once to pull the project, and waits for each one's own report.

import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../../settings.ts'
import { LimitedQueue } from '../../shared/limited-queue.ts'
import { isSettled } from '../../shared/run-state.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import type { ActiveRun } from './active-run.ts'
import type { SlaveClient } from './slave-client.ts'
import { projectFolder } from './upstream-stage.ts'

export interface FanOutDeps {
  settings: Pick<Settings, 'DEST_ROOT' | 'FANOUT_CONCURRENCY' | 'SLAVE_POLL_S' | 'SYNC_TIMEOUT_S'>
  client: SlaveClient
  now: () => number
}

/** How long slaves get to report that they stopped. */
const STOP_WAIT_MS = 15_000

/**
 * Brings every slave of the run to an end: succeeded, failed, unreachable or stopped. One that is slow, dead or wrong
 * never holds up the others.
 */
export async function runFanOutStage(
  deps: FanOutDeps,
  active: ActiveRun,
  project: StoredProject,
  slaves: readonly StoredSlave[],
): Promise<void> {
  const limit = deps.settings.FANOUT_CONCURRENCY || Number.POSITIVE_INFINITY
  const queue = new LimitedQueue({ limit, perKey: Number.POSITIVE_INFINITY })
  const never = new AbortController().signal
  await Promise.all(
    slaves.map((slave) =>
      queue.run({ id: slave.id, key: slave.id, priority: 0, signal: never }, () =>
        bringToEnd(deps, active, project, slave),
      ),
    ),
  )
}

async function bringToEnd(
  deps: FanOutDeps,
  active: ActiveRun,
  project: StoredProject,
  slave: StoredSlave,
): Promise<void> {
  if (active.signal.aborted) return settle(deps, active, slave, 'stopped', 'stopped before it was told')
  // Told only when it is stored: the slave may report before its answer arrives.
  await active.moveSlave(slave.id, 'syncing', { started_at: isoNow(deps) })
  try {
    await deps.client.syncFromMaster(slave, {
      run: active.run.run,
      slave_id: slave.id,
      project: project.project,
      key: project.key,
      generation: active.run.generation ?? project.generation,
      source: path.relative(deps.settings.DEST_ROOT, projectFolder(deps.settings.DEST_ROOT, project)),
      rsync_options: project.rsync_options,
      checksum: active.wish.mode === 'full',
      publish: project.publish,
    })
  } catch (error) {
    return settle(deps, active, slave, 'unreachable', error instanceof Error ? error.message : String(error))
  }
  await waitForReport(deps, active, slave)
}

/** Why the wait for a report is over. */
type WaitEnd = 'settled' | 'stopped' | 'timeout' | 'silent' | 'forgotten'

async function waitForReport(deps: FanOutDeps, active: ActiveRun, slave: StoredSlave): Promise<void> {
  const given = new AbortController()
  const settled = active.slaveSettled(slave.id)
  const end = await Promise.race([
    settled.then((): WaitEnd => 'settled'),
    aborted(active.signal, given.signal),
    watchSlave(deps, active.run.run, slave, given.signal),
  ])
  given.abort()
  if (end === 'settled') return
  if (end === 'silent')
    return settle(deps, active, slave, 'unreachable', 'it stopped answering in the middle of the sync')
  if (end === 'forgotten') return settle(deps, active, slave, 'failed', 'it no longer knows of this sync')
  await deps.client.stop(slave, active.run.run).catch(() => {})
  await Promise.race([settled, sleep(STOP_WAIT_MS, undefined, { ref: false })])
  if (end === 'stopped') return settle(deps, active, slave, 'stopped', 'stopped')
  await settle(
    deps,
    active,
    slave,
    'failed',
    `no report within ${deps.settings.SYNC_TIMEOUT_S} seconds (SYNC_TIMEOUT_S)`,
  )
}

/** Asks the slave now and then whether it is still at it. Two odd answers in a row, or three silences, are enough. */
async function watchSlave(deps: FanOutDeps, run: string, slave: StoredSlave, given: AbortSignal): Promise<WaitEnd> {
  const { SLAVE_POLL_S, SYNC_TIMEOUT_S } = deps.settings
  const giveUp = performance.now() + SYNC_TIMEOUT_S * 1000
  let [silences, strangers] = [0, 0]
  while (!given.aborted && performance.now() < giveUp) {
    await sleep(Math.min(SLAVE_POLL_S * 1000, giveUp - performance.now()), undefined, {
      signal: given,
      ref: false,
    }).catch(() => {})
    if (given.aborted) break
    const jobs = await deps.client.jobs(slave).catch(() => null)
    const knows = jobs?.jobs.some((job) => job.run === run) ?? false
    silences = jobs === null ? silences + 1 : 0
    strangers = jobs !== null && !knows ? strangers + 1 : 0
    if (silences === 3) return 'silent'
    if (strangers === 2) return 'forgotten'
  }
  return 'timeout'
}

function aborted(signal: AbortSignal, given: AbortSignal): Promise<WaitEnd> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('stopped')
    signal.addEventListener('abort', () => resolve('stopped'), { once: true, signal: given })
  })
}

/** Ends a slave's part unless its report came first. */
async function settle(
  deps: FanOutDeps,
  active: ActiveRun,
  slave: StoredSlave,
  state: 'failed' | 'unreachable' | 'stopped',
  error: string,
): Promise<void> {
  await active.change((run) => ({
    ...run,
    slaves: run.slaves.map((one) =>
      one.slave_id === slave.id && !isSettled(one.state) ? { ...one, state, error, finished_at: isoNow(deps) } : one,
    ),
  }))
}

function isoNow(deps: FanOutDeps): string {
  return new Date(deps.now()).toISOString()
}

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
  settings: Pick<Settings, 'DEST_ROOT' | 'FANOUT_CONCURRENCY' | 'SYNC_TIMEOUT_S'>
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
      publish: project.publish,
    })
  } catch (error) {
    return settle(deps, active, slave, 'unreachable', error instanceof Error ? error.message : String(error))
  }
  await waitForReport(deps, active, slave)
}

async function waitForReport(deps: FanOutDeps, active: ActiveRun, slave: StoredSlave): Promise<void> {
  const settled = active.slaveSettled(slave.id)
  const given = new AbortController()
  const timeout = sleep(deps.settings.SYNC_TIMEOUT_S * 1000, 'timeout' as const, {
    signal: given.signal,
    ref: false,
  }).catch(() => null)
  const stopped = new Promise<'stopped'>((resolve) => {
    if (active.signal.aborted) resolve('stopped')
    active.signal.addEventListener('abort', () => resolve('stopped'), { once: true, signal: given.signal })
  })
  const reason = await Promise.race([settled.then(() => 'settled' as const), timeout, stopped])
  given.abort()
  if (reason === 'settled' || reason === null) return
  await deps.client.stop(slave, active.run.run).catch(() => {})
  await Promise.race([settled, sleep(STOP_WAIT_MS, undefined, { ref: false })])
  if (reason === 'stopped') await settle(deps, active, slave, 'stopped', 'stopped')
  else
    await settle(
      deps,
      active,
      slave,
      'failed',
      `no report within ${deps.settings.SYNC_TIMEOUT_S} seconds (SYNC_TIMEOUT_S)`,
    )
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

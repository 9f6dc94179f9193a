// The fan-out stage of a run: tells every slave at once to pull the project, and waits for each one's own report.

import { setTimeout as sleep } from 'node:timers/promises'
import { LimitedQueue } from '../../../shared/flow/limited-queue.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { hasAnswered } from '../../../shared/schemas/run-state.ts'
import type { StoredSlave } from '../../../shared/schemas/slave.ts'
import { leadsInCircles } from '../../records/slave-paths.ts'
import type { RunHandle } from '../run-handle.ts'
import { type FanOutDeps, type FanOutJob, type FanOutTarget, rememberLists, writeOrder } from './order.ts'

/** How long slaves get to report that they stopped. */
const STOP_WAIT_MS = 15_000

/**
 * Brings every slave of the run to an answer: prepared (where trees are published together), succeeded, failed,
 * unreachable or stopped. One that is slow, dead or wrong never holds up the others, except those that pull from it.
 */
export type FanOut = (
  active: RunHandle,
  project: StoredProject,
  target: FanOutTarget,
  slaves: readonly StoredSlave[],
) => Promise<void>

export function createFanOut(deps: FanOutDeps): FanOut {
  const { FANOUT_CONCURRENCY, SYNC_TIMEOUT_S } = deps.settings
  const never = new AbortController().signal
  return async (active, project, target, slaves) => {
    const queue = new LimitedQueue({
      limit: FANOUT_CONCURRENCY || Number.POSITIVE_INFINITY,
      perKey: Number.POSITIVE_INFINITY,
    })
    const job: FanOutJob = {
      deps,
      active,
      project,
      target,
      slaves,
      epoch: await deps.epoch(),
      changesSince: rememberLists(deps.changes, project, target),
      patienceS: Math.min(
        SYNC_TIMEOUT_S,
        (project.publish === 'atomic' && project.publish_timeout_s) || SYNC_TIMEOUT_S,
      ),
    }
    await Promise.all(
      slaves.map(async (slave) => {
        if (slave.upstream !== null && !leadsInCircles(slave, slaves)) await active.slaveAnswered(slave.upstream)
        await queue.run({ id: slave.id, key: slave.id, priority: 0, signal: never }, () => bringToAnswer(job, slave))
      }),
    )
  }
}

async function bringToAnswer(job: FanOutJob, slave: StoredSlave): Promise<void> {
  const { deps, active } = job
  if (active.signal.aborted) return settle(deps, active, slave, 'stopped', 'stopped before it was told')
  const order = await writeOrder(job, slave)
  // Told only when it is stored: the slave may report before its answer arrives.
  await active.moveSlave(slave.id, 'syncing', { started_at: isoNow(deps) })
  try {
    await deps.client.syncFromMaster(slave, order)
  } catch (error) {
    return settle(deps, active, slave, 'unreachable', error instanceof Error ? error.message : String(error))
  }
  await waitForReport(job, slave)
}

/** Why the wait for a report is over. */
type WaitEnd = 'answered' | 'stopped' | 'timeout' | 'silent' | 'forgotten'

async function waitForReport(job: FanOutJob, slave: StoredSlave): Promise<void> {
  const { deps, active, patienceS } = job
  const given = new AbortController()
  const answered = active.slaveAnswered(slave.id)
  const end = await Promise.race([
    answered.then((): WaitEnd => 'answered'),
    aborted(active.signal, given.signal),
    watchSlave(job, slave, given.signal),
  ])
  given.abort()
  if (end === 'answered') return
  if (end === 'silent')
    return settle(deps, active, slave, 'unreachable', 'it stopped answering in the middle of the sync')
  if (end === 'forgotten') return settle(deps, active, slave, 'failed', 'it no longer knows of this sync')
  await deps.client.stop(slave, active.run.run).catch(() => {})
  await Promise.race([answered, sleep(STOP_WAIT_MS, undefined, { ref: false })])
  if (end === 'stopped') return settle(deps, active, slave, 'stopped', 'stopped')
  const bound = patienceS === deps.settings.SYNC_TIMEOUT_S ? 'SYNC_TIMEOUT_S' : 'publish_timeout_s'
  await settle(deps, active, slave, 'failed', `no report within ${patienceS} seconds (${bound})`)
}

/** Asks the slave now and then whether it is still at it. Two odd answers in a row, or three silences, are enough. */
async function watchSlave(job: FanOutJob, slave: StoredSlave, given: AbortSignal): Promise<WaitEnd> {
  const { deps, active, patienceS } = job
  const { SLAVE_POLL_S } = deps.settings
  const { run } = active.run
  const giveUp = performance.now() + patienceS * 1000
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
  active: RunHandle,
  slave: StoredSlave,
  state: 'failed' | 'unreachable' | 'stopped',
  error: string,
): Promise<void> {
  await active.change((run) => ({
    ...run,
    slaves: run.slaves.map((one) =>
      one.slave_id === slave.id && !hasAnswered(one.state) ? { ...one, state, error, finished_at: isoNow(deps) } : one,
    ),
  }))
}

function isoNow(deps: FanOutDeps): string {
  return new Date(deps.now()).toISOString()
}

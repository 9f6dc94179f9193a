// The way of a run through its stages: upstream, fan-out, publish. Returns how it ended, and writes no end itself.

import { randomBytes } from 'node:crypto'
import { LimitedQueue } from '../../shared/flow/limited-queue.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'
import { judgeQuorum, lagOf, targetOf } from '../records/generations.ts'
import { makeProbed } from '../records/probe.ts'
import { withExpiry, withGeneration, withProbed } from '../records/project.ts'
import {
  endedUpstream,
  endOfFanOut,
  endOfUpstream,
  enterFanOut,
  enterRollback,
  failedEnd,
  type RunEnd,
} from '../records/run.ts'
import { getProject, type Store } from '../store/store.ts'
import type { ChangeLists } from './change-lists.ts'
import type { FanOut } from './fan-out/fan-out.ts'
import type { FanOutTarget } from './fan-out/order.ts'
import type { MasterTrees } from './master-trees.ts'
import type { Publisher } from './publish.ts'
import type { RunHandle } from './run-handle.ts'
import { UNCHANGED } from './upstream/attempt.ts'
import type { UpstreamAttempts } from './upstream/attempts.ts'

export interface PipelineDeps {
  store: Pick<Store, 'findProjectByKey' | 'updateProject' | 'listSlaves'>
  attempts: UpstreamAttempts
  fanOut: FanOut
  publisher: Publisher
  changes: ChangeLists
  trees: MasterTrees
  /** Slaves that return after a long time have much to catch up with: so many projects at a time. */
  refreshesAtOnce: number
  now: () => number
}

/** Takes a run through its stages. Rejects when the run was aborted while it waited, or for a fault inside. */
export type Pipeline = (active: RunHandle) => Promise<RunEnd>

export function createPipeline(deps: PipelineDeps): Pipeline {
  const refreshes = new LimitedQueue({ limit: deps.refreshesAtOnce, perKey: 1 })
  return async (active) => {
    const { onlySlaves, back } = active.request
    if (back !== undefined) return rollBack(deps, active, back)
    if (onlySlaves === undefined) return sync(deps, active)
    const turn = { id: active.run.run, key: active.key, priority: 0, signal: active.signal }
    return refreshes.run(turn, () => refresh(deps, active, onlySlaves))
  }
}

/** From the upstream to the fleet. */
async function sync(deps: PipelineDeps, active: RunHandle): Promise<RunEnd> {
  const { store, changes, trees, now } = deps
  const before = await getProject(store, active.key)
  const next: Anchor = { generation: before.generation + 1, tag: randomBytes(8).toString('hex') }
  const result = await deps.attempts(active, before, next)
  const isoNow = new Date(now()).toISOString()
  if (result.code !== null || result.outcome === 'stopped' || active.request.dryRun) {
    await active.change((run) => ({ ...run, upstream: endedUpstream(run.upstream, result, isoNow) }))
    return active.request.dryRun ? endOfUpstream(result) : endWithout(deps, active, endOfUpstream(result))
  }
  if (result.outcome === 'unchanged') return endUnchanged(deps, active, before)
  const probed = result.probed && makeProbed(before, result.probed, next.tag, now())
  const withNext = (project: StoredProject) =>
    withExpiry(
      withProbed(withGeneration(project, next, result.summary, result.from), probed),
      result.verify?.valid_until,
    )
  const project = withNext(before)
  const folder = await trees.folderOf(project, next.tag)
  if (folder === null) throw new Error('The tree that was filled is gone')
  const slaves = await store.listSlaves()
  // All are on disk before any slave is told; none needs another, so they are written at once.
  await Promise.all([
    changes.seal(active.key, next, before.tag),
    store.updateProject(active.key, withNext),
    active.move('fanning_out', (run) => ({
      ...enterFanOut(run, next.generation, slaves, isoNow),
      upstream: endedUpstream(run.upstream, result, isoNow),
    })),
  ])
  return fanOutAndPublish(deps, active, { project, target: { ...next, folder }, slaves })
}

/** The probe found nothing new: only slaves that lag are told. */
async function endUnchanged(deps: PipelineDeps, active: RunHandle, { key }: StoredProject): Promise<RunEnd> {
  const project = await getProject(deps.store, key)
  const isoNow = new Date(deps.now()).toISOString()
  const generation = targetOf(project)?.generation ?? null
  await active.change((run) => ({ ...run, generation, upstream: endedUpstream(run.upstream, UNCHANGED, isoNow) }))
  return (await refreshLagging(deps, active)) ?? { state: 'succeeded', error: null }
}

/**
 * The end of a run that brought no generation. Where the upstream failed, slaves that lag are told what there is: while
 * it is away, runs with all their attempts may follow each other and leave no time for a refresh. A person looks at other
 * failures, and those runs are short.
 */
async function endWithout(deps: PipelineDeps, active: RunHandle, end: RunEnd): Promise<RunEnd> {
  if (end.error?.code !== 'UPSTREAM_FAILED') return end
  const told = await refreshLagging(deps, active)
  return told?.state === 'stopped' ? told : end
}

/** Brings the slaves that lag to what the fleet serves; null when there are none. */
async function refreshLagging(deps: PipelineDeps, active: RunHandle): Promise<RunEnd | null> {
  const project = await getProject(deps.store, active.key)
  const behind = (await deps.store.listSlaves()).flatMap(({ id }) => (lagOf(project, id) > 0 ? [id] : []))
  return behind.length === 0 ? null : refresh(deps, active, behind)
}

/** Brings slaves to what the fleet serves. */
async function refresh(deps: PipelineDeps, active: RunHandle, slaveIds: readonly string[]): Promise<RunEnd> {
  const project = await getProject(deps.store, active.key)
  const target = targetOf(project)
  const folder = target === null ? null : await deps.trees.folderOf(project, target.tag)
  if (target === null || folder === null) {
    return failedEnd(
      'NOTHING_TO_SERVE',
      'The master does not hold the generation that the fleet serves; sync the project.',
    )
  }
  const slaves = (await deps.store.listSlaves()).filter((slave) => slaveIds.includes(slave.id))
  const isoNow = new Date(deps.now()).toISOString()
  await active.move('fanning_out', (run) => enterFanOut(run, target.generation, slaves, isoNow))
  return fanOutAndPublish(deps, active, { project, target: { ...target, folder }, slaves })
}

/** Back to a tree that is whole on the master, and on every slave that took part in it. */
async function rollBack(deps: PipelineDeps, active: RunHandle, back: Anchor): Promise<RunEnd> {
  const slaves = await deps.store.listSlaves()
  const isoNow = new Date(deps.now()).toISOString()
  await active.change((run) => ({ ...run, ...enterRollback(back.generation, slaves, isoNow) }))
  await deps.publisher.publish(active, back, slaves)
  return endOfFanOut(active.run.slaves)
}

/** What is fanned out: a project as it is with the target, which lies in the target's folder, to these slaves. */
interface Delivery {
  project: StoredProject
  target: FanOutTarget
  slaves: readonly StoredSlave[]
}

async function fanOutAndPublish(deps: PipelineDeps, active: RunHandle, delivery: Delivery): Promise<RunEnd> {
  const { project, target, slaves } = delivery
  await deps.fanOut(active, project, target, slaves)
  if (active.signal.aborted) return { state: 'stopped', error: null }
  if (project.publish === 'atomic') {
    const missed = await publish(deps, active, delivery)
    if (missed !== null) return missed
  }
  return endOfFanOut(active.run.slaves)
}

/** Returns the end of a run whose slaves are too few to publish; else null. */
async function publish(
  { publisher }: PipelineDeps,
  active: RunHandle,
  { project, target, slaves }: Delivery,
): Promise<RunEnd | null> {
  if (project.published?.tag === target.tag) {
    await publisher.follow(active, project, slaves)
    return null
  }
  const { publishes, message } = judgeQuorum(active.run.slaves, project.publish_quorum)
  if (!publishes) return { state: 'partial', error: { code: 'QUORUM_MISSED', message: message ?? '' } }
  await publisher.publish(active, target, slaves)
  return null
}

// Carries a run through its stages: wait for a turn, upstream, then fan-out; returns how it ended and writes no end itself.

import { randomBytes } from 'node:crypto'
import { LimitedQueue } from '../../shared/flow/limited-queue.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'
import { judgeQuorum, targetOf } from '../records/generations.ts'
import { endedUpstream, judgeFanOut, newSlaveStage, type RunEnd } from '../records/run.ts'
import type { ActiveRun } from '../runs/active-run.ts'
import { getProject, type Store } from '../store/store.ts'
import type { ChangeLists } from './change-lists.ts'
import { runFanOutStage } from './fan-out/fan-out.ts'
import type { FanOutDeps, FanOutTarget } from './fan-out/order.ts'
import type { MasterTrees } from './master-trees.ts'
import { flipMaster, type PublishStageDeps, publishGeneration, tellSlaves } from './publish.ts'
import type { UpstreamResult } from './upstream/attempt.ts'
import { UpstreamAttempts, type UpstreamAttemptsDeps } from './upstream/attempts.ts'

export interface RunPipelineDeps extends UpstreamAttemptsDeps {
  store: Store
  fanOut: FanOutDeps
  publish: PublishStageDeps
  changes: ChangeLists
  trees: MasterTrees
}

export class RunPipeline {
  readonly #deps: RunPipelineDeps
  readonly #attempts: UpstreamAttempts
  /** Slaves that are back after long have much to catch up with: a few projects at a time. */
  readonly #refreshQueue: LimitedQueue

  constructor(deps: RunPipelineDeps) {
    this.#deps = deps
    this.#attempts = new UpstreamAttempts(deps)
    this.#refreshQueue = new LimitedQueue({ limit: deps.settings.MAX_CONCURRENT_SYNCS, perKey: 1 })
  }

  /** How many upstream stages wait for their turn or have it. */
  get turns(): number {
    return this.#attempts.turns
  }

  /** Lets a waiting run go before the scheduled ones. */
  promote(run: string): void {
    this.#attempts.promote(run)
  }

  /** Runs the stages. @throws when the run was aborted while it waited, or for a fault inside. */
  async run(active: ActiveRun): Promise<RunEnd> {
    const project = await getProject(this.#deps.store, active.key)
    const { onlySlaves, trigger } = active.request
    if (trigger === 'rollback') return this.#rollBack(active, project)
    if (onlySlaves !== undefined) return this.#refresh(active, project, onlySlaves)
    const anchor = { generation: project.generation + 1, tag: randomBytes(8).toString('hex') }
    const result = await this.#attempts.run(active, project, anchor)
    if (result.code !== null || active.request.dryRun) await this.#attempts.noteEnd(active, result)
    if (result.outcome === 'stopped') return { state: 'stopped', error: null }
    if (result.code !== null) {
      return {
        state: result.outcome === 'blocked' ? 'blocked' : 'failed',
        error: { code: result.code, message: result.error ?? 'rsync failed' },
      }
    }
    if (active.request.dryRun) return { state: 'succeeded', error: null }
    return this.#fanOutNew(active, project, anchor, result)
  }

  /** The upstream stage went well: the tree is a new generation. */
  async #fanOutNew(active: ActiveRun, before: StoredProject, anchor: Anchor, result: UpstreamResult): Promise<RunEnd> {
    const patch = {
      ...anchor,
      total_files: result.summary?.total_files ?? null,
      total_size: result.summary?.total_size ?? null,
    }
    const project = { ...before, ...patch }
    const { store, changes, trees } = this.#deps
    const folder = await trees.folderOf(project, anchor.tag)
    if (folder === null) throw new Error('The tree that was filled is gone')
    return this.#fanOut(active, project, { ...anchor, folder }, await store.listSlaves(), async (move) => {
      // All are on disk before any slave is told; none needs another, so they are written at once.
      await Promise.all([
        changes.seal(active.key, anchor, before.tag),
        store.updateProject(active.key, (current) => ({ ...current, ...patch })),
        move((run) => ({ upstream: endedUpstream(run.upstream, result, this.#isoNow()) })),
      ])
    })
  }

  /** Brings slaves to what the fleet serves. */
  async #refresh(active: ActiveRun, project: StoredProject, slaveIds: readonly string[]): Promise<RunEnd> {
    const target = targetOf(project)
    const folder = target === null ? null : await this.#deps.trees.folderOf(project, target.tag)
    if (target === null || folder === null) {
      const message = 'The master does not hold the generation that the fleet serves; sync the project.'
      return { state: 'failed', error: { code: 'NOTHING_TO_SERVE', message } }
    }
    const slaves = (await this.#deps.store.listSlaves()).filter((slave) => slaveIds.includes(slave.id))
    const turn = { id: active.run.run, key: active.key, priority: 0, signal: active.signal }
    return this.#refreshQueue.run(turn, () =>
      this.#fanOut(active, project, { ...target, folder }, slaves, (move) => move(() => ({}))),
    )
  }

  /** Back to the tree before: it is whole on the master, and on every slave that took part. */
  async #rollBack(active: ActiveRun, project: StoredProject): Promise<RunEnd> {
    const { back } = active.request
    if (back === undefined) throw new Error('A rollback has a generation to go back to')
    const slaves = await this.#deps.store.listSlaves()
    await active.change((run) => ({
      ...run,
      generation: back.generation,
      started_at: this.#isoNow(),
      slaves: slaves.map((slave) => ({
        ...newSlaveStage(slave),
        state: 'prepared' as const,
        generation: back.generation,
      })),
    }))
    await publishGeneration(this.#deps.publish, active, project, back, slaves)
    return judged(judgeFanOut(active.run.slaves))
  }

  /** `begin` makes the move to the stage, with what else is to change along. */
  async #fanOut(
    active: ActiveRun,
    project: StoredProject,
    target: FanOutTarget,
    slaves: readonly StoredSlave[],
    begin: (move: (more: (run: Run) => Partial<Run>) => Promise<void>) => Promise<void>,
  ): Promise<RunEnd> {
    await begin((more) =>
      active.move('fanning_out', (run) => ({
        ...more(run),
        generation: target.generation,
        started_at: run.started_at ?? this.#isoNow(),
        slaves: slaves.map(newSlaveStage),
      })),
    )
    await runFanOutStage(this.#deps.fanOut, active, project, target, slaves)
    if (active.signal.aborted) return { state: 'stopped', error: null }
    return project.publish === 'atomic'
      ? this.#publish(active, project, target, slaves)
      : judged(judgeFanOut(active.run.slaves))
  }

  async #publish(
    active: ActiveRun,
    project: StoredProject,
    target: FanOutTarget,
    slaves: readonly StoredSlave[],
  ): Promise<RunEnd> {
    if (project.published?.tag === target.tag) {
      // It is decided already: these slaves only follow.
      await active.move('publishing')
      await flipMaster(this.#deps, project)
      await tellSlaves(this.#deps.publish, active, project, slaves)
      return judged(judgeFanOut(active.run.slaves))
    }
    const verdict = judgeQuorum(active.run.slaves, project.publish_quorum)
    if (!verdict.publishes)
      return { state: 'partial', error: { code: 'QUORUM_MISSED', message: verdict.message ?? '' } }
    await publishGeneration(this.#deps.publish, active, project, target, slaves)
    return judged(judgeFanOut(active.run.slaves))
  }

  #isoNow(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}

function judged({ state, message }: ReturnType<typeof judgeFanOut>): RunEnd {
  return { state, error: message === null ? null : { code: 'SLAVES_BEHIND', message } }
}

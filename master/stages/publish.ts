// The publish stage: decides what the fleet serves, writes that down, flips the master, and tells every slave to flip.

import { setTimeout as sleep } from 'node:timers/promises'
import { ProjectNotFound } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'
import { withAnchor, withPublished } from '../records/project.ts'
import type { Store } from '../store/store.ts'
import type { MasterTrees } from './master-trees.ts'
import type { RunHandle } from './run-handle.ts'
import type { SlaveClient } from './slave-client.ts'

export interface PublisherDeps {
  store: Pick<Store, 'updateProject' | 'listProjects' | 'epoch'>
  trees: MasterTrees
  client: Pick<SlaveClient, 'publish'>
  /** The protocol that a slave speaks; 1 when it does not say. */
  protocolOf: (slave: StoredSlave) => Promise<number>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** Between the attempts to store a decision. */
const STORE_AGAIN_MS = 1_000

export type Publisher = ReturnType<typeof createPublisher>

export function createPublisher(deps: PublisherDeps) {
  const { store, trees } = deps

  /** Serves on the master what was decided, when it holds it. Changes nothing when it already does. */
  const flipMaster = async (project: StoredProject): Promise<void> => {
    if (project.publish !== 'atomic' || project.published === null) return
    const tree = await trees.open(project)
    await tree.serve(project.published.tag)
  }

  /** Flips to what is decided already, on the master and on the slaves of the run that are prepared for it. */
  const follow = async (active: RunHandle, project: StoredProject, slaves: readonly StoredSlave[]): Promise<void> => {
    await active.move('publishing')
    await flipMaster(project)
    const prepared = active.run.slaves.filter(({ state }) => state === 'prepared').map(({ slave_id }) => slave_id)
    await Promise.all(
      slaves.filter(({ id }) => prepared.includes(id)).map((slave) => tellSlave(deps, active, project, slave)),
    )
  }

  return {
    flipMaster,
    follow,

    /**
     * Publishes a generation that the master holds whole. From the moment that the decision is stored it stands: a node
     * that misses it is told again when it can be reached. While it cannot be stored, the run tries again until it is
     * stopped: all nodes are prepared.
     */
    publish: async (active: RunHandle, generation: Anchor, slaves: readonly StoredSlave[]): Promise<void> => {
      await follow(active, await storeDecision(deps, active, generation), slaves)
    },

    /** After a start: follows the decisions that a kill kept the master from following. */
    recover: async (
      isLead: (project: StoredProject) => boolean,
      onError: (error: unknown, details: Record<string, unknown>) => void,
    ): Promise<void> => {
      for (const project of await store.listProjects()) {
        if (!isLead(project)) continue
        // One that cannot be served must not keep the others from it.
        await flipMaster(project).catch((error) => onError(error, { project: project.id }))
      }
    },
  }
}

async function storeDecision(
  { store, onError }: PublisherDeps,
  active: RunHandle,
  generation: Anchor,
): Promise<StoredProject> {
  for (;;) {
    active.signal.throwIfAborted()
    try {
      return await store.updateProject(active.key, (current) => withPublished(current, generation))
    } catch (error) {
      if (error instanceof ProjectNotFound) throw error
      onError(error, { run: active.run.run, part: 'the decision to publish; it is stored as soon as possible' })
      await sleep(STORE_AGAIN_MS, undefined, { signal: active.signal })
    }
  }
}

async function tellSlave(
  { client, protocolOf, store, now }: PublisherDeps,
  active: RunHandle,
  project: StoredProject,
  slave: StoredSlave,
): Promise<void> {
  const { published, key, id } = project
  if (published === null) return
  try {
    const since3 = (await protocolOf(slave)) < 3 ? {} : { epoch: await store.epoch() }
    const serves = await client.publish(slave, { key, id, project: project.project, ...published, ...since3 })
    if (serves !== published.tag) throw new Error('it serves another generation, since it was told of a later one')
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return active.moveSlave(slave.id, 'unreachable', { error: `not told to publish: ${message}` })
  }
  const drift = active.run.slaves.find((stage) => stage.slave_id === slave.id)?.drift ?? null
  await Promise.all([
    active.moveSlave(slave.id, 'succeeded', { finished_at: new Date(now()).toISOString() }),
    store.updateProject(key, (current) => withAnchor(current, slave.id, { ...published, drift })),
  ])
}

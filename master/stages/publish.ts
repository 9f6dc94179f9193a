// The publish stage: decides what the fleet serves, writes that down, flips the master, and tells every slave to flip.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import { decidePublished } from '../records/generations.ts'
import type { ActiveRun } from '../runs/active-run.ts'
import type { Store } from '../store/store.ts'
import type { MasterTrees } from './master-trees.ts'
import type { SlaveClient } from './slave-client.ts'

export interface PublishStageDeps {
  store: Store
  trees: MasterTrees
  client: SlaveClient
  now: () => number
}

/**
 * Publishes a generation that the master holds whole, on itself and on the slaves that are prepared for it. From the
 * moment that the decision is stored it stands: whoever misses it is told again when it can be reached.
 */
export async function publishGeneration(
  deps: PublishStageDeps,
  active: ActiveRun,
  { key }: Pick<StoredProject, 'key'>,
  anchor: { generation: number; tag: string },
  slaves: readonly StoredSlave[],
): Promise<void> {
  const project = await deps.store.updateProject(key, (current) => ({
    ...current,
    published: decidePublished(current, anchor),
  }))
  await active.move('publishing')
  await flipMaster(deps, project)
  await tellSlaves(deps, active, project, slaves)
}

/** Serves on the master what was decided, when it holds it. Changes nothing when it already does. */
export async function flipMaster(deps: Pick<PublishStageDeps, 'trees'>, project: StoredProject): Promise<void> {
  if (project.publish !== 'atomic' || project.published === null) return
  const tree = await deps.trees.open(project)
  await tree.serve(project.published.tag)
}

/** After a start: the decisions that a kill kept the master from following. */
export async function recoverPublished(
  deps: Pick<PublishStageDeps, 'store' | 'trees'> & { leads: (project: StoredProject) => boolean },
): Promise<void> {
  for (const project of await deps.store.listProjects()) if (deps.leads(project)) await flipMaster(deps, project)
}

/** Tells the prepared slaves of the run, all at once, to serve what was decided. */
export async function tellSlaves(
  deps: PublishStageDeps,
  active: ActiveRun,
  project: StoredProject,
  slaves: readonly StoredSlave[],
): Promise<void> {
  const prepared = new Set(
    active.run.slaves.filter((stage) => stage.state === 'prepared').map((stage) => stage.slave_id),
  )
  await Promise.all(
    slaves.filter((slave) => prepared.has(slave.id)).map((slave) => tellSlave(deps, active, project, slave)),
  )
}

async function tellSlave(
  deps: PublishStageDeps,
  active: ActiveRun,
  project: StoredProject,
  slave: StoredSlave,
): Promise<void> {
  const { published, key, id } = project
  if (published === null) return
  try {
    const serves = await deps.client.publish(slave, { key, id, project: project.project, ...published })
    if (serves !== published.generation) throw new Error(`it serves generation ${serves}: it was told of a later one`)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return active.moveSlave(slave.id, 'unreachable', { error: `not told to publish: ${message}` })
  }
  const drift = active.run.slaves.find((stage) => stage.slave_id === slave.id)?.drift ?? null
  await Promise.all([
    active.moveSlave(slave.id, 'succeeded', { finished_at: new Date(deps.now()).toISOString() }),
    deps.store.updateProject(key, (current) => ({
      ...current,
      anchors: {
        ...current.anchors,
        [slave.id]: {
          generation: published.generation,
          tag: published.tag,
          drift: drift ?? current.anchors[slave.id]?.drift ?? null,
        },
      },
    })),
  ])
}

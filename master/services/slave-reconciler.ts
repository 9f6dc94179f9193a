// Reconciles what the master has stored of a slave's trees with what the slave itself says that it serves.

import type { Jobs, TreeState } from '../../shared/schemas/messages.ts'
import type { SlaveAnchor, StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import { withAnchor } from '../records/project.ts'
import type { Runs } from '../runs/runs.ts'
import type { Store } from '../store/store.ts'
import type { SlaveService } from './slave-service.ts'

export interface SlaveReconcilerDeps {
  store: Pick<Store, 'listProjects' | 'findProjectByKey' | 'updateProject'>
  slaves: Pick<SlaveService, 'treesOf' | 'statesOf' | 'renameTree'>
  runs: Pick<Runs, 'isActive'>
  /** Whether this master looks after a project; another one reconciles the others. */
  isLead: (project: StoredProject) => boolean
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** What a slave said of its trees when it was asked last. */
interface Said {
  /** Of `trees`. */
  digest: string
  trees: Jobs['anchors']
}

export function createSlaveReconciler({ store, slaves, runs, isLead, onError }: SlaveReconcilerDeps) {
  /** By the slave's id. */
  const said = new Map<string, Said>()

  const reconcileWith = async (slave: StoredSlave, key: string, says: TreeState | undefined): Promise<void> => {
    const known = await store.findProjectByKey(key)
    if (known === null) return
    // It missed the change of the name, and still serves the tree under the old one.
    if (says !== undefined && says.project !== known.project) await slaves.renameTree(slave, known)
    if (reconcileProject(known, slave.id, says) === known) return
    await store.updateProject(key, (project) => reconcileProject(project, slave.id, says))
  }

  const reconcileSlave = async (slave: StoredSlave, projects: readonly StoredProject[]): Promise<void> => {
    const digest = slaves.treesOf(slave.id)
    if (digest === null) return
    const last = said.get(slave.id)
    const isAsSaid = ({ key, project, anchors }: StoredProject) => {
      const says = last?.trees[key]
      return anchors[slave.id]?.tag === anchorOf(says)?.tag && (says?.project ?? project) === project
    }
    if (last?.digest === digest && projects.every(isAsSaid)) return
    const states = await slaves.statesOf(slave)
    if (states === null) return
    // The trees may have changed since the look. Slaves of earlier versions give no digest with their answer.
    said.set(slave.id, { digest: states.trees ?? digest, trees: states.anchors })
    for (const { id, key } of projects) {
      if (runs.isActive(key)) continue
      // One project that cannot be written must not keep the others from it.
      await reconcileWith(slave, key, states.anchors[key]).catch((error) =>
        onError(error, { part: 'slave watch', slave: slave.id, project: id }),
      )
    }
  }

  return {
    /**
     * Asks for its trees each of these slaves, which are up, whose digest has changed, or of which the master has come to
     * believe something else than what the slave said with this digest: a tree may have been lost, or restored, and a
     * report may be of before. What a slave says is stored, except for projects that are being synced; those are looked
     * at again in the next round.
     */
    reconcile: async (up: readonly StoredSlave[]): Promise<void> => {
      const idle = (await store.listProjects()).filter((project) => isLead(project) && !runs.isActive(project.key))
      await Promise.all(up.map((slave) => reconcileSlave(slave, idle)))
    },
  }
}

/** The project with what the slave says of its tree (undefined: it has none); the same object when it is known already. */
export function reconcileProject(project: StoredProject, slaveId: string, says: TreeState | undefined): StoredProject {
  const serves = anchorOf(says)
  return project.anchors[slaveId]?.tag === serves?.tag ? project : withAnchor(project, slaveId, serves)
}

function anchorOf(says: TreeState | undefined): SlaveAnchor | null {
  const { generation = null, tag = null, drift = null } = says ?? {}
  return generation === null || tag === null ? null : { generation, tag, drift }
}

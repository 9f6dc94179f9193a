// Reconciles what the master has stored of a slave's trees with what the slave itself says that it serves.

import type { TreeState } from '../../shared/schemas/messages.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import { withAnchor } from '../records/project.ts'
import type { Runs } from '../runs/runs.ts'
import type { Store } from '../store/store.ts'
import type { SlaveService } from './slave-service.ts'

export interface SlaveReconcilerDeps {
  store: Pick<Store, 'listProjects' | 'findProjectByKey' | 'updateProject'>
  slaves: Pick<SlaveService, 'treesOf' | 'anchorsOf'>
  runs: Pick<Runs, 'isActive'>
  /** Whether this master looks after a project; another one reconciles the others. */
  isLead: (project: StoredProject) => boolean
}

export function createSlaveReconciler({ store, slaves, runs, isLead }: SlaveReconcilerDeps) {
  /** By the slave's id: the digest of its trees when they were last reconciled. */
  const reconciled = new Map<string, string>()

  const reconcileWith = async (slave: StoredSlave, key: string, says: TreeState | undefined): Promise<void> => {
    const known = await store.findProjectByKey(key)
    if (known === null || reconcileProject(known, slave.id, says) === known) return
    await store.updateProject(key, (project) => reconcileProject(project, slave.id, says))
  }

  return {
    /**
     * A slave whose digest changed is asked for its trees: one may have been lost, or restored. What it says is stored,
     * except for projects that are being synced; those are looked at again in the next round.
     */
    reconcile: async (slave: StoredSlave): Promise<void> => {
      const digest = slaves.treesOf(slave.id)
      if (digest === null || digest === reconciled.get(slave.id)) return
      const anchors = await slaves.anchorsOf(slave)
      if (anchors === null) return
      let isWhole = true
      for (const project of await store.listProjects()) {
        const { key } = project
        if (!isLead(project)) continue
        if (runs.isActive(key)) isWhole = false
        else await reconcileWith(slave, key, anchors[key])
      }
      if (isWhole) reconciled.set(slave.id, digest)
    },
  }
}

/** The project with what the slave says of its tree (undefined: it has none); the same object when it is known already. */
export function reconcileProject(project: StoredProject, slaveId: string, says: TreeState | undefined): StoredProject {
  const { generation = null, tag = null, drift = null } = says ?? {}
  if ((project.anchors[slaveId]?.tag ?? null) === tag) return project
  return withAnchor(project, slaveId, generation === null || tag === null ? null : { generation, tag, drift })
}

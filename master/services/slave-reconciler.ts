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

interface Reconciled {
  /** Of the slave's trees. */
  digest: string
  /** The keys of the projects that were left to other masters. */
  left: ReadonlySet<string>
}

export function createSlaveReconciler({ store, slaves, runs, isLead }: SlaveReconcilerDeps) {
  /** By the slave's id: what was last reconciled. */
  const reconciled = new Map<string, Reconciled>()

  /** Of a project that this master has begun to lead since, nobody may have reconciled the slave's present trees. */
  const isReconciled = async (slave: StoredSlave, digest: string): Promise<boolean> => {
    const last = reconciled.get(slave.id)
    if (last?.digest !== digest) return false
    if (last.left.size === 0) return true
    return !(await store.listProjects()).some((project) => last.left.has(project.key) && isLead(project))
  }

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
      if (digest === null || (await isReconciled(slave, digest))) return
      const anchors = await slaves.anchorsOf(slave)
      if (anchors === null) return
      let isWhole = true
      const left = new Set<string>()
      for (const project of await store.listProjects()) {
        const { key } = project
        if (!isLead(project)) left.add(key)
        else if (runs.isActive(key)) isWhole = false
        else await reconcileWith(slave, key, anchors[key])
      }
      if (isWhole) reconciled.set(slave.id, { digest, left })
    },
  }
}

/** The project with what the slave says of its tree (undefined: it has none); the same object when it is known already. */
export function reconcileProject(project: StoredProject, slaveId: string, says: TreeState | undefined): StoredProject {
  const { generation = null, tag = null, drift = null } = says ?? {}
  if ((project.anchors[slaveId]?.tag ?? null) === tag) return project
  return withAnchor(project, slaveId, generation === null || tag === null ? null : { generation, tag, drift })
}

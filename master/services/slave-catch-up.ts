// Brings slaves that are behind up to date; one that cannot follow is tried ever more rarely.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import { lagOf, targetOf } from '../records/generations.ts'
import type { Runs } from '../runs/runs.ts'
import type { Store } from '../store/store.ts'
import { type Attempts, isDue, nextAttempts } from './catch-up-back-off.ts'

export interface SlaveCatchUpDeps {
  store: Pick<Store, 'listProjects'>
  runs: Pick<Runs, 'isActive' | 'refresh'>
  /** Whether this master looks after a project; another one brings the slaves of the others up to date. */
  isLead: (project: StoredProject) => boolean
  pollMs: number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export function createSlaveCatchUp({ store, runs, isLead, pollMs, onError }: SlaveCatchUpDeps) {
  const attempts = new Map<string, Attempts>()
  const nameOf = (slave: StoredSlave, project: StoredProject) => `${slave.id} ${project.key}`

  /** False when the project is busy: nothing was tried then. */
  const beginRefresh = async ({ key }: StoredProject, behind: readonly StoredSlave[]): Promise<boolean> => {
    const slaveIds = behind.map((slave) => slave.id)
    return (await runs.refresh(key, slaveIds)) !== null
  }

  return {
    /** Begins a refresh of each project that some of these slaves, which are up, are behind with. */
    bringUpToDate: async (up: readonly StoredSlave[]): Promise<void> => {
      for (const project of await store.listProjects()) {
        const target = targetOf(project)
        if (target === null || !isLead(project) || runs.isActive(project.key)) continue
        const now = performance.now()
        const behind = up.filter(
          (slave) => lagOf(project, slave.id) > 0 && isDue(attempts.get(nameOf(slave, project)), target.tag, now),
        )
        if (behind.length === 0) continue
        // One project that cannot be refreshed must not keep the slaves from the others.
        const isTried = await beginRefresh(project, behind).catch((error) => {
          onError(error, { part: 'slave watch', project: project.id })
          return true
        })
        if (!isTried) continue
        for (const slave of behind) {
          const name = nameOf(slave, project)
          attempts.set(name, nextAttempts(attempts.get(name), target.tag, now, pollMs))
        }
      }
    },
  }
}

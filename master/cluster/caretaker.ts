// Makes sure, after each beat, that every project has a lead that is up, and every run a master that executes it.

import type { MasterTrees } from '../stages/master-trees.ts'
import type { Publisher } from '../stages/publish.ts'
import type { Store } from '../store/store.ts'
import type { EventBridge } from './event-bridge.ts'
import type { JobQueue } from './job-queue.ts'
import type { Masters } from './masters.ts'
import type { RunTransactions } from './run-transactions.ts'
import type { ClusterRuns } from './runs.ts'
import type { ClusterSchedules } from './schedules.ts'
import { planHandovers } from './takeover.ts'

export interface CaretakerDeps {
  node: string
  store: Pick<Store, 'listProjects'>
  masters: Pick<Masters, 'list' | 'isLeader' | 'markSilent'>
  transactions: Pick<RunTransactions, 'interrupt' | 'handOver'>
  jobs: Pick<JobQueue, 'makeRunQueue'>
  bridge: Pick<EventBridge, 'sendWake'>
  runs: Pick<ClusterRuns, 'isActive' | 'tellEnded' | 'tellProject' | 'tidy'>
  schedules: Pick<ClusterSchedules, 'tidy'>
  trees: Pick<MasterTrees, 'forget'>
  publisher: Pick<Publisher, 'flipMaster'>
}

export type Caretaker = ReturnType<typeof createCaretaker>

export function createCaretaker(deps: CaretakerDeps) {
  const { node, store, masters, transactions, jobs, bridge, runs, schedules, trees, publisher } = deps
  /** The keys of the projects that this master led at the last look. */
  const led = new Set<string>()

  /** Ends the runs of masters that are not up, and gives their projects to masters that are. */
  const handOver = async (): Promise<void> => {
    for (const gone of masters.list().filter(({ state }) => state !== 'up'))
      runs.tellEnded(await transactions.interrupt(gone.node, () => false))
    const handovers = planHandovers(await store.listProjects(), masters.list())
    for (const { key, lead, stuck } of handovers) {
      await jobs.makeRunQueue(lead)
      const project = await transactions.handOver(key, lead, stuck)
      if (project !== null) runs.tellProject(project)
    }
    for (const lead of new Set(handovers.map((one) => one.lead))) if (lead !== node) bridge.sendWake(lead)
  }

  /**
   * Prepares the projects that this master has begun to lead. The lead before it may have changed their trees, and may
   * have died before it flipped the symlink.
   */
  const takeUp = async (): Promise<void> => {
    for (const project of await store.listProjects()) {
      if (project.lead !== node) led.delete(project.key)
      else if (!led.has(project.key)) {
        led.add(project.key)
        if (runs.isActive(project.key)) continue
        trees.forget(project.key)
        await publisher.flipMaster(project)
      }
    }
  }

  return {
    /** At the start. The projects that this master already leads need no preparation. */
    begin: async (): Promise<void> => {
      await handOver()
      for (const { key, lead } of await store.listProjects()) if (lead === node) led.add(key)
    },
    /** This master is fenced: others may change what it led, so that it is taken up again later. */
    letGo: (): void => led.clear(),
    /** After each beat. */
    tend: async (): Promise<void> => {
      await masters.markSilent()
      if (masters.isLeader()) await handOver()
      await takeUp()
      await runs.tidy()
      if (masters.isLeader()) await schedules.tidy()
    },
  }
}

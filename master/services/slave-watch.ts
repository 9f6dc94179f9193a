// Looks at every slave now and then: tells when one comes or goes, and has what it serves reconciled and brought up to date.

import { type Repetition, repeat } from '../../shared/flow/repeat.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import type { Store } from '../store/store.ts'
import { createSlaveCatchUp, type SlaveCatchUpDeps } from './slave-catch-up.ts'
import { createSlaveReconciler, type SlaveReconcilerDeps } from './slave-reconciler.ts'
import type { SlaveRemovals } from './slave-removals.ts'
import type { SlaveService } from './slave-service.ts'

export type SlaveWatchDeps = SlaveCatchUpDeps &
  SlaveReconcilerDeps & {
    store: Pick<Store, 'listSlaves'>
    slaves: Pick<SlaveService, 'look'>
    removals: Pick<SlaveRemovals, 'catchUp'>
  }

export function createSlaveWatch(deps: SlaveWatchDeps) {
  const { store, slaves, removals, pollMs, onError } = deps
  const reconciler = createSlaveReconciler(deps)
  const catchUp = createSlaveCatchUp(deps)
  let looks: Repetition | null = null

  const findUp = async (): Promise<StoredSlave[]> => {
    const known = await store.listSlaves()
    const states = await Promise.all(known.map((slave) => slaves.look(slave)))
    return known.filter((_, index) => states[index] === 'up')
  }

  const look = async (): Promise<void> => {
    const up = await findUp()
    await removals.catchUp(up)
    await reconciler.reconcile(up)
    await catchUp.bringUpToDate(up)
  }

  return {
    start: (): void => {
      looks = repeat({
        work: look,
        // Spread by a quarter in both directions: several masters, or several restarts, do not march in step.
        every: () => pollMs * (0.75 + Math.random() / 2),
        onError: (error) => onError(error, { part: 'slave watch' }),
      })
    },
    stop: async (): Promise<void> => {
      await looks?.stop()
    },
  }
}

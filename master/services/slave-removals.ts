// Tells slaves of projects that were removed; those that were off, when they are back.

import type { StoredSlave, TreeRemoval } from '../../shared/schemas/slave.ts'
import type { SlaveClient } from '../stages/slave-client.ts'
import type { Store } from '../store/store.ts'

export interface SlaveRemovalsDeps {
  store: Pick<Store, 'listSlaves' | 'updateSlave' | 'findProjectByKey'>
  client: Pick<SlaveClient, 'removeTree'>
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export type SlaveRemovals = ReturnType<typeof createSlaveRemovals>

export function createSlaveRemovals({ store, client, onError }: SlaveRemovalsDeps) {
  const tell = async (slave: StoredSlave, { key, project, purge }: TreeRemoval): Promise<boolean> => {
    try {
      await client.removeTree(slave, key, project, purge)
      await store.updateSlave(slave.id, (one) => ({ ...one, removals: without(one, key) }))
      return true
    } catch (error) {
      onError(error, { slave: slave.id, project })
      return false
    }
  }

  return {
    /** Writes it down for every slave, before the project is removed: from then on no kill loses it. */
    plan: async (removal: TreeRemoval): Promise<void> => {
      for (const { id } of await store.listSlaves())
        await store.updateSlave(id, (slave) => ({ ...slave, removals: [...without(slave, removal.key), removal] }))
    },

    /** Tells every slave. Resolves to the ids of those that are to be told again, when they are back. */
    carryOut: async (removal: TreeRemoval): Promise<string[]> => {
      const slaves = await store.listSlaves()
      const told = await Promise.all(slaves.map((slave) => tell(slave, removal)))
      return slaves.filter((_, index) => !told[index]).map(({ id }) => id)
    },

    /** Tells these slaves, which are up, what they have missed. What is planned, but not removed, is left alone. */
    catchUp: async (up: readonly StoredSlave[]): Promise<void> => {
      for (const slave of up)
        for (const removal of slave.removals ?? [])
          if ((await store.findProjectByKey(removal.key)) === null) await tell(slave, removal)
    },
  }
}

function without({ removals = [] }: StoredSlave, key: string): TreeRemoval[] {
  return removals.filter((removal) => removal.key !== key)
}

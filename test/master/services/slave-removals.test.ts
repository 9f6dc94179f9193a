import { describe, expect, it } from 'vitest'
import { createSlaveRemovals } from '../../../master/services/slave-removals.ts'
import type { StoredSlave } from '../../../shared/schemas/slave.ts'
import { AT, project } from '../../helpers/stored.ts'

const removal = { key: 'debian-k', project: 'debian', purge: true }

/** Two slaves, of which `off` are not reached, and the projects that are left. */
function createFleet() {
  const slaves = new Map(
    ['a:1', 'b:1'].map((id): [string, StoredSlave] => [
      id,
      { id, hostname: id, port: 1, upstream: null, created_at: AT(0) },
    ]),
  )
  const state = { off: new Set<string>(), left: new Set(['debian-k']), told: [] as string[], errors: 0 }
  const removals = createSlaveRemovals({
    store: {
      listSlaves: async () => [...slaves.values()],
      findProjectByKey: async (key) => (state.left.has(key) ? project('debian') : null),
      updateSlave: async (id, change) => {
        const slave = slaves.get(id)
        if (slave !== undefined) slaves.set(id, change(slave))
      },
    },
    client: {
      removeTree: async ({ id }, key, name, purge) => {
        if (state.off.has(id)) throw new Error('refuses connections')
        state.told.push(`${id} ${key} ${name} ${purge}`)
      },
    },
    onError: () => {
      state.errors += 1
    },
  })
  const waiting = () => [...slaves.values()].map((slave) => slave.removals ?? [])
  return { state, removals, waiting, up: () => [...slaves.values()] }
}

describe('the removal of a project', () => {
  it('is told to each slave once, and to one that was off when it is back', async () => {
    const { state, removals, waiting, up } = createFleet()
    state.off.add('b:1')
    await removals.plan(removal)
    state.left.clear()
    expect(await removals.carryOut(removal)).toEqual(['b:1'])
    expect([waiting(), state.errors]).toEqual([[[], [removal]], 1])
    state.off.clear()
    await removals.catchUp(up())
    await removals.catchUp(up())
    expect(state.told).toEqual(['a:1 debian-k debian true', 'b:1 debian-k debian true'])
    expect(waiting()).toEqual([[], []])
  })

  it('that was only planned when the master was killed is not told: the project is still there', async () => {
    const { state, removals, up } = createFleet()
    await removals.plan(removal)
    await removals.catchUp(up())
    expect(state.told).toEqual([])
    // Asked for again, without purge.
    await removals.plan({ ...removal, purge: false })
    state.left.clear()
    await removals.catchUp(up())
    expect(state.told).toEqual(['a:1 debian-k debian false', 'b:1 debian-k debian false'])
  })
})

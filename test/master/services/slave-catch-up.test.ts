// When slaves that are behind are brought up to date: what was not tried does not count, and one project holds up no other.

import { describe, expect, it } from 'vitest'
import { newRun, plainRequest } from '../../../master/records/run.ts'
import { createSlaveCatchUp } from '../../../master/services/slave-catch-up.ts'
import { AT, project } from '../../helpers/stored.ts'

const slave = { id: 'a:1', hostname: 'a', port: 1, upstream: null, created_at: AT(0) }
const projects = ['debian', 'cpan'].map((id) => project(id, { generation: 2, tag: `2 of ${id}` }))

/** One slave that is behind with both projects; `answer` is what becomes of a refresh. */
function createRound() {
  const state = { answer: (_key: string): 'begun' | 'busy' => 'begun', asked: [] as string[], errors: [] as unknown[] }
  const { bringUpToDate } = createSlaveCatchUp({
    store: { listProjects: async () => projects },
    runs: {
      isActive: () => false,
      refresh: async (key) => {
        state.asked.push(key)
        const [found] = projects.filter((one) => one.key === key)
        if (found === undefined || state.answer(key) === 'busy') return null
        return newRun(`${key}-3`, found, plainRequest('catch_up'), AT(0), 'main')
      },
    },
    isLead: () => true,
    pollMs: 3_600_000,
    onError: (_error, details) => state.errors.push(details.project),
  })
  return { state, look: () => bringUpToDate([slave]) }
}

describe('a slave that is behind', () => {
  it('is not tried again before the pause is over', async () => {
    const { state, look } = createRound()
    await look()
    await look()
    expect(state.asked).toEqual(['debian-k', 'cpan-k'])
  })

  it('is tried at once when its project is no longer busy', async () => {
    const { state, look } = createRound()
    state.answer = (key) => (key === 'debian-k' ? 'busy' : 'begun')
    await look()
    await look()
    state.answer = () => 'begun'
    await look()
    await look()
    expect(state.asked).toEqual(['debian-k', 'cpan-k', 'debian-k', 'debian-k'])
  })

  it('follows with the other projects when one cannot be refreshed', async () => {
    const { state, look } = createRound()
    state.answer = (key) => {
      if (key === 'debian-k') throw new Error('its document cannot be written')
      return 'begun'
    }
    await look()
    expect([state.asked, state.errors]).toEqual([['debian-k', 'cpan-k'], ['debian']])
  })
})

import { describe, expect, it } from 'vitest'
import { deletePass, planPasses } from '../../../shared/trees/passes.ts'

describe('planPasses', () => {
  it('moves everything at once, or what is indexed first', () => {
    expect(planPasses('single', { atMost: 0 })).toMatchObject([{ filters: [], deletes: { atMost: 0 } }])
    expect(planPasses('rpm', 'unlimited')).toMatchObject([
      { filters: [{ exclude: 'repodata/' }], deletes: 'never' },
      { filters: [], deletes: 'unlimited' },
    ])
    const [first, second] = planPasses('debian', { atMost: 0 })
    expect(first?.filters.slice(0, 2)).toEqual([{ include: '*.diff/' }, { include: 'by-hash/' }])
    expect(first?.filters).toContainEqual({ exclude: 'Release*' })
    expect(second).toMatchObject({ filters: [], deletes: { atMost: 0 } })
    expect(planPasses({ first_pass_exclude: ['*.idx'] }, 'never')[0]?.filters).toEqual([{ exclude: '*.idx' }])
  })
})

describe('deletePass', () => {
  it('has a limit', () => {
    expect(deletePass(7).deletes).toEqual({ atMost: 7 })
  })
})

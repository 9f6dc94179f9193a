import { describe, expect, it } from 'vitest'
import { deletePass, firstPassFilters, planPasses } from '../../../shared/trees/passes.ts'

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

describe('what is left to the second pass', () => {
  it.each<[Parameters<typeof firstPassFilters>[0], string[]]>([
    ['single', []],
    ['rpm', ['repodata/']],
    [{ first_pass_exclude: ['*.db', '*.files'] }, ['*.db', '*.files']],
    [
      'debian',
      [
        '*.diff/Index',
        'Contents*',
        'Packages*',
        'Sources*',
        'Release*',
        'InRelease',
        'i18n/*',
        'dep11/*',
        'installer-*/current',
        'ls-lR*',
      ],
    ],
  ])('of %j is %j', (stages, left) => {
    expect(firstPassFilters(stages).flatMap((filter) => ('exclude' in filter ? [filter.exclude] : []))).toEqual(left)
  })

  it('is what the first pass of a plan leaves out', () => {
    for (const stages of ['debian', 'rpm'] as const)
      expect(planPasses(stages, 'unlimited')[0]?.filters).toEqual(firstPassFilters(stages))
  })

  it('never lets a first pass delete', () => {
    for (const deletes of ['never', 'as_options', 'unlimited', { atMost: 5 }] as const)
      expect(planPasses('debian', deletes)[0]?.deletes).toBe('never')
  })
})

import { describe, expect, it } from 'vitest'
import type { EntryKind, PathList } from '../../../shared/trees/path-list.ts'
import { planLists, touchesRoot } from '../../../shared/trees/pull-listed.ts'

const list = (...names: string[]): PathList => new Map(names.map((name): [string, EntryKind] => [name, 'file']))
const plan = (...given: Parameters<typeof planLists>) => planLists(...given).map((names) => [...names.keys()])

describe('the lists of a pull', () => {
  it('have what is indexed first, and then all, the root last', () => {
    const names = list('.', 'repodata/x', 'a.rpm')
    expect(plan('rpm', names, true)).toEqual([['a.rpm'], ['repodata/x', 'a.rpm', '.']])
    expect(plan('single', names, true)).toEqual([['repodata/x', 'a.rpm', '.']])
  })

  it('name the root when something in it changes, unless what else is there must not come', () => {
    expect(plan('single', list('a'), true)).toEqual([['a', '.']])
    expect(plan('single', list('a/b'), true)).toEqual([['a/b']])
    expect(plan('single', list('.', 'a'), false)).toEqual([['a']])
  })

  it('touch the root by a name in it, or by its own', () => {
    expect(touchesRoot(list('a/b', 'c/d'))).toBe(false)
    expect(touchesRoot(list('a/b', 'c'))).toBe(true)
    expect(touchesRoot(list('.'))).toBe(true)
  })

  it('are none for no names', () => {
    expect(plan('debian', list(), true)).toEqual([])
    expect(plan('debian', list('.'), false)).toEqual([])
    expect(plan('debian', list('.'), true)).toEqual([['.']])
  })
})

import { describe, expect, it } from 'vitest'
import { entriesBefore, judgeDeletes } from '../../../shared/trees/guard.ts'

const guard = (percent: number, maxDelete: number | null = null) => ({
  percent,
  maxDelete,
  force: false,
  from: 'upstream' as const,
})
const wanted = (had: number, deletions: number, sourceFiles: number | null = 10) => ({ had, deletions, sourceFiles })

describe('the delete guard', () => {
  it.each([
    ['half of 100', wanted(100, 50), guard(50), null],
    ['more than half of 100', wanted(100, 51), guard(50), 'DELETE_GUARD'],
    ['most of 100 with the guard off', wanted(100, 98), guard(0), null],
    ['all of 100 with the guard off', wanted(100, 99, 0), guard(0), 'TREE_MISSING'],
    ['all files of 100, when their folders are left', wanted(100, 40, 0), guard(50), 'TREE_MISSING'],
    ['the only file', wanted(2, 1, 0), guard(50), null],
    ['both of two files', wanted(3, 2, 0), guard(50), 'TREE_MISSING'],
    ["more than the project's own limit", wanted(100, 11), guard(50, 10), 'DELETE_GUARD'],
    ["the project's own limit", wanted(100, 10), guard(0, 10), null],
    ['nothing of a tree of folders', wanted(5, 0, 0), guard(50), null],
    ['nothing of an empty tree', wanted(0, 0, 0), guard(50), null],
    ['half of a tree whose source was not counted', wanted(100, 50, null), guard(50), null],
  ])('judges %s', (_name, asked, given, code) => {
    expect(judgeDeletes(asked, given)?.code ?? null).toBe(code)
  })

  it('lets everything through by force', () => {
    expect(judgeDeletes(wanted(100, 99, 0), { ...guard(50), force: true })).toBeNull()
  })

  it('says how much is gone, where, and what to do', () => {
    expect(judgeDeletes(wanted(100, 51), guard(50))?.message).toMatch(
      /^51 files are gone upstream, more than 50 % of the 100/,
    )
    expect(judgeDeletes(wanted(100, 99, 0), { ...guard(50), from: 'master' })?.message).toMatch(
      /^All files are gone on the master.*with force/,
    )
  })
})

describe('entriesBefore', () => {
  it('counts what the tree had where it is not known', () => {
    expect(entriesBefore({ total_files: 60, added: 10 }, 40)).toBe(90)
  })
})

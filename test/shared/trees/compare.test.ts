import { describe, expect, it } from 'vitest'
import { collectChanges, countDifferences, learnChanges } from '../../../shared/trees/compare.ts'
import {
  nothingToPull,
  type Outcome,
  type TreeChange,
  type TreePull,
  type TreeSource,
} from '../../../shared/trees/source.ts'

const change = (name: string, kind: TreeChange['kind'] = 'file', linkedTo: string | null = null) => ({
  name,
  kind,
  linkedTo,
})

/** A source that tells of these changes and ends so; and what was asked of it. */
function createSource(changes: readonly (TreeChange | null)[], outcome: Outcome = 'success') {
  const asked: TreePull[] = []
  const source: TreeSource = async (pull) => {
    asked.push(pull)
    for (const one of changes) pull.onChange?.(one)
    return { ...nothingToPull(), outcome }
  }
  return { source, asked }
}

describe('the changes of a pull', () => {
  it('are all names with what is there now, both names of a hard link too', () => {
    const { onChange, changes, isComplete } = collectChanges()
    for (const one of [change('a'), change('b', 'folder'), change('c', 'gone'), change('d', 'file', 'e')]) onChange(one)
    expect(Object.fromEntries(changes())).toEqual({ a: 'file', b: 'folder', c: 'gone', d: 'file', e: 'file' })
    expect(isComplete()).toBe(true)
  })

  it('keep a name that was deleted and made again, in whatever order that was told', () => {
    for (const kinds of [['gone', 'folder'] as const, ['folder', 'gone'] as const]) {
      const { onChange, changes } = collectChanges()
      for (const kind of kinds) onChange(change('a', kind))
      expect(Object.fromEntries(changes())).toEqual({ a: 'folder' })
    }
  })

  it('are incomplete for good once one could not be read', () => {
    const { onChange, changes, isComplete } = collectChanges()
    for (const one of [change('a'), null, change('b')]) onChange(one)
    expect([...changes().keys()]).toEqual(['a', 'b'])
    expect(isComplete()).toBe(false)
  })
})

describe('what differs from a source', () => {
  const changes = [change('a'), change('b', 'gone')]

  it('is found by a look over all of the folder, which changes nothing', async () => {
    const { source, asked } = createSource(changes)
    await learnChanges(source, '/srv/mirror')
    await countDifferences(source, '/srv/mirror')
    for (const pull of asked) {
      expect(pull).toMatchObject({
        destination: '/srv/mirror',
        dryRun: true,
        deletes: 'unlimited',
        keepPartials: false,
      })
      expect(pull.list).toBeUndefined()
    }
    expect(asked).toHaveLength(2)
  })

  it.each<[Outcome, boolean]>([
    ['success', true],
    ['noted', true],
    ['retry', false],
    ['once', false],
    ['permanent', false],
    ['operator', false],
    ['stopped', false],
  ])('is known after a pull that ends as "%s": %s', async (outcome, isKnown) => {
    const { source } = createSource(changes, outcome)
    const learned = await learnChanges(source, '/srv/mirror')
    expect(learned.result.outcome).toBe(outcome)
    expect(learned.changes).toEqual(isKnown ? new Map(Object.entries({ a: 'file', b: 'gone' })) : null)
    expect(await countDifferences(source, '/srv/mirror')).toBe(isKnown ? 2 : null)
  })

  it('is not known by name, but counted, when a change cannot be read', async () => {
    const { source } = createSource([...changes, null])
    const { result, changes: names } = await learnChanges(source, '/srv/mirror')
    expect([names, result.outcome]).toEqual([null, 'permanent'])
    expect(result.error).not.toBeNull()
    expect(await countDifferences(source, '/srv/mirror')).toBe(3)
  })

  it('is nothing when they are the same', async () => {
    const { source } = createSource([])
    expect((await learnChanges(source, '/srv/mirror')).changes).toEqual(new Map())
    expect(await countDifferences(source, '/srv/mirror')).toBe(0)
  })
})

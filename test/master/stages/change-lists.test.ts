import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createChangeLists } from '../../../master/stages/change-lists.ts'
import type { TreeChange } from '../../../shared/trees/source.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const file = (name: string, linkedTo: string | null = null): TreeChange => ({ name, kind: 'file', linkedTo })
const at = (generation: number) => ({ generation, tag: String(generation).padStart(16, '0') })

const start = () => {
  const folder = temporaryFolder()
  const tree = path.join(folder, 'tree')
  mkdirSync(tree)
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(path.join(tree, name), '')
  const lists = createChangeLists(path.join(folder, 'changes'))
  /** One attempt that ends well or not, and the generation that it makes when it does. */
  const attempt = async (
    generation: number,
    changes: (TreeChange | null)[],
    isSure = true,
    seals = true,
    isKnown = true,
  ) => {
    const recorder = await lists.begin('p', generation - 1, isKnown)
    for (const change of changes) recorder.add(change)
    await recorder.end(isSure)
    if (seals) await lists.seal('p', at(generation), generation === 1 ? null : at(generation - 1).tag)
  }
  const between = async (from: number, to: number) => {
    const list = await lists.between('p', at(from), at(to), tree)
    return list === null ? null : [...list.keys()].sort()
  }
  return { folder, lists, attempt, between }
}

describe('change lists', () => {
  it('tell what changed between two generations, and what failed attempts had changed before', async () => {
    const { attempt, between } = start()
    await attempt(1, [file('a')])
    await attempt(2, [file('b')], true, false)
    await attempt(2, [file('c', 'd')])
    await attempt(3, [file('a')])
    expect(await between(1, 2)).toEqual(['b', 'c', 'd'])
    expect(await between(1, 3)).toEqual(['a', 'b', 'c', 'd'])
    expect(await between(3, 3)).toEqual([])
    expect(await between(0, 3)).toBeNull()
  })

  it.each<[string, (TreeChange | null)[], boolean]>([
    ['an attempt that was cut off', [file('a')], false],
    ['a change that could not be read', [file('a'), null], true],
  ])('are no guess after %s, and good again after the next', async (_name, changes, isSure) => {
    const { attempt, between } = start()
    await attempt(1, [])
    await attempt(2, changes, isSure)
    await attempt(3, [file('b')])
    expect(await between(1, 2)).toBeNull()
    expect(await between(1, 3)).toBeNull()
    expect(await between(2, 3)).toEqual(['b'])
  })

  it('doubt a folder that was none in between: what was in it went, and nobody has listed it', async () => {
    const { folder, attempt, between } = start()
    mkdirSync(path.join(folder, 'tree', 'x'))
    const x = (kind: TreeChange['kind']): TreeChange => ({ name: 'x', kind, linkedTo: null })
    await attempt(1, [])
    await attempt(2, [x('file')])
    await attempt(3, [x('gone'), x('folder')])
    expect(await between(2, 3)).toEqual(['x'])
    expect(await between(1, 3)).toBeNull()
    await attempt(4, [x('file')], true, false)
    await attempt(4, [x('folder')])
    expect(await between(3, 4)).toBeNull()
  })

  it('doubt after a kill in an attempt, or between a seal and the store', async () => {
    const { lists, attempt, between } = start()
    await attempt(1, [])
    await lists.begin('p', 1, true)
    await attempt(2, [file('a')])
    expect(await between(1, 2)).toBeNull()
    await attempt(3, [file('b')])
    // Sealed, but the project never came to know of it: the next attempt makes the third generation again.
    await attempt(3, [file('c')])
    expect(await between(2, 3)).toBeNull()
  })

  it('doubt a tree of which it is not known what it was before', async () => {
    const { attempt, between } = start()
    await attempt(1, [])
    await attempt(2, [file('a')], true, true, false)
    await attempt(3, [file('b')])
    expect(await between(1, 2)).toBeNull()
    expect(await between(2, 3)).toEqual(['b'])
  })

  it('have the mark that they were given last', async () => {
    const { lists, attempt } = start()
    expect(await lists.readMark('p')).toBeNull()
    await lists.writeMark('p', 'one')
    await attempt(1, [])
    await lists.writeMark('p', 'two')
    expect(await lists.readMark('p')).toBe('two')
  })

  it('belong to one history: a restored master starts another', async () => {
    const { lists, attempt, between, folder } = start()
    await attempt(1, [])
    await attempt(2, [file('a')])
    const stranger = { generation: 1, tag: 'f'.repeat(16) }
    expect(await lists.between('p', stranger, at(2), folder)).toBeNull()
    appendFileSync(path.join(folder, 'changes', 'p', '2.list'), 'half an entry')
    expect(await between(1, 2)).toBeNull()
  })

  it.each([
    ['2.list', ''],
    ['2.list', 'half'],
    ['2.json', ''],
    ['2.json', '{"tag":"0000000000000002"'],
  ])('that a power failure cut off (%s: %j) are missing, never empty', async (name, left) => {
    const { attempt, between, folder } = start()
    await attempt(1, [])
    await attempt(2, [file('a'), file('b')])
    await attempt(3, [file('c')])
    const torn = path.join(folder, 'changes', 'p', name)
    const whole = readFileSync(torn)
    writeFileSync(torn, left === 'half' ? whole.subarray(0, whole.indexOf(0) + 1) : left)
    expect(await between(1, 2)).toBeNull()
    expect(await between(1, 3)).toBeNull()
    expect(await between(2, 3)).toEqual(['c'])
  })

  it('are kept for a number of generations only', async () => {
    const { attempt, between, folder } = start()
    for (let generation = 1; generation <= 70; generation++) await attempt(generation, [file('a')])
    expect(readdirSync(path.join(folder, 'changes', 'p')).filter((name) => name.endsWith('.json'))).toHaveLength(64)
    expect(await between(2, 70)).toBeNull()
    expect(await between(10, 70)).toEqual(['a'])
  })
})

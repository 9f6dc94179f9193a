import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import {
  anchorOf,
  type Expected,
  type Held,
  identifyFolder,
  isCurrent,
  isExpected,
  newestOf,
  TreeRecord,
  unknownTree,
} from '../../../shared/trees/tree-record.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const THREE = { generation: 3, tag: '3'.repeat(16) }

describe('the record of an unknown tree', () => {
  it('is a record that claims nothing', () => {
    const record = unknownTree('debian', 'linux')
    expect(Value.Check(TreeRecord, record)).toBe(true)
    expect(record).toMatchObject({
      id: 'debian',
      project: 'linux',
      in_place: null,
      slots: { a: null, b: null },
      difference: 'unknown',
      expected: null,
      checked_at: null,
    })
  })

  it('shares nothing with another', () => {
    expect(unknownTree('a', 'a').slots).not.toBe(unknownTree('a', 'a').slots)
  })
})

describe('the identity of a folder', () => {
  it('stays when its content or its name changes', () => {
    const folder = path.join(temporaryFolder(), 'tree')
    mkdirSync(folder)
    const identity = identifyFolder(folder)
    expect(identity).toMatch(/^\d+:\d+$/)
    writeFileSync(path.join(folder, 'file'), '')
    renameSync(folder, `${folder}-moved`)
    expect(identifyFolder(`${folder}-moved`)).toBe(identity)
  })

  it('is not that of another folder in its place', () => {
    const folder = path.join(temporaryFolder(), 'tree')
    mkdirSync(folder)
    const identity = identifyFolder(folder)
    renameSync(folder, `${folder}-kept`)
    mkdirSync(folder)
    expect(identifyFolder(folder)).not.toBe(identity)
  })

  it('is none for what is no folder itself', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'file'), '')
    symlinkSync('.', path.join(folder, 'link'))
    for (const name of ['missing', 'file', 'link']) expect(identifyFolder(path.join(folder, name)), name).toBeNull()
  })
})

describe('the anchor of a held tree', () => {
  const hold = () => {
    const folder = path.join(temporaryFolder(), 'tree')
    mkdirSync(folder)
    const held: Held = { ...THREE, identity: identifyFolder(folder) ?? '' }
    return { folder, held }
  }

  it('is its generation, without what else is known', () => {
    const { folder, held } = hold()
    const also = { generation: 4, tag: '4'.repeat(16) }
    expect(anchorOf({ ...held, also }, folder)).toEqual(THREE)
  })

  it('is none when nothing is held, or the folder is lost or another', () => {
    const { folder, held } = hold()
    expect(anchorOf(null, folder)).toBeNull()
    expect(anchorOf({ ...held, identity: '1:1' }, folder)).toBeNull()
    rmSync(folder, { recursive: true })
    expect(anchorOf(held, folder)).toBeNull()
  })
})

describe('what the fleet serves, as a node is told', () => {
  const told = (sequence: number, epoch?: number) => ({ sequence, ...(epoch === undefined ? {} : { epoch }) })
  const known = (sequence: number, epoch?: number): Expected => ({ generation: 1, ...told(sequence, epoch) })

  it.each<[string, ReturnType<typeof told>, Expected | null, boolean]>([
    ['the first that is heard', told(1, 5), null, true],
    ['a later number', told(8, 5), known(7, 5), true],
    ['the same again', told(7, 5), known(7, 5), true],
    ['an earlier number, which comes late', told(6, 5), known(7, 5), false],
    ['any number of a later epoch', told(1, 6), known(7, 5), true],
    ['any number of an earlier epoch', told(9, 4), known(7, 5), false],
    ['a later number of a master that knows no epochs', told(8), known(7, 5), true],
    ['an earlier number of a master that knows no epochs', told(6), known(7, 5), false],
    ['any number of an epoch, after a master that knew none', told(1, 5), known(7), true],
  ])('%s counts or not', (_name, message, before, isNews) => {
    expect(isCurrent(message, before)).toBe(isNews)
  })

  it('is told by its tag, and by its number only where no tag is known', () => {
    const otherThree = { generation: 3, tag: 'f'.repeat(16) }
    const expected = { ...THREE, sequence: 1 }
    expect([THREE, otherThree, null].map((anchor) => isExpected(anchor, expected))).toEqual([true, false, false])
    const byNumber = { generation: 3, sequence: 1 }
    expect([THREE, otherThree, null].map((anchor) => isExpected(anchor, byNumber))).toEqual([true, true, false])
    expect(isExpected(THREE, null)).toBe(false)
  })

  it('is found among the trees by its tag, though a restored master gave its number again', () => {
    const held = (tag: string): Held => ({ generation: 3, tag, identity: '1:1' })
    const slots = { a: held('f'.repeat(16)), b: held(THREE.tag) }
    expect(newestOf({ slots, expected: { ...THREE, sequence: 1 } })).toBe('b')
  })
})

import { statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addEntry,
  countGone,
  decodeList,
  dropCovered,
  type EntryKind,
  encodeEntry,
  encodeList,
  isInnerName,
  mergeLists,
  type PathList,
  readList,
  uniteLists,
  writeList,
} from '../../../shared/trees/path-list.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const list = (entries: Record<string, 'file' | 'folder' | 'gone'>): PathList => new Map(Object.entries(entries))

describe('a list of names', () => {
  it('comes back as it was written, and what exists goes before what is gone', () => {
    const some = list({ a: 'file', 'b/new\nline': 'folder', '\xff': 'gone', '.': 'folder' })
    expect(decodeList(encodeList(some))).toEqual(some)
    for (const kinds of [['gone', 'folder'] as const, ['folder', 'gone'] as const]) {
      const bytes = Buffer.from(kinds.map((kind) => encodeEntry('a', kind)).join(''), 'latin1')
      expect(decodeList(bytes)).toEqual(list({ a: 'folder' }))
    }
  })

  it.each([
    ['cut off', '+a\0+b'],
    ['of an unknown mark', '?a\0'],
    ['that climbs out', '+a/../../b\0'],
    ['that is absolute', '+/etc/passwd\0'],
    ['without a name', '+\0'],
  ])('%s is not used', (_name, text) => {
    expect(decodeList(Buffer.from(text, 'latin1'))).toBeNull()
  })

  it('leaves out what went with its folder', () => {
    const names = list({ a: 'gone', 'a/b': 'gone', c: 'file', 'c/d': 'gone', e: 'folder', 'e/f': 'file' })
    expect([...dropCovered(names).keys()]).toEqual(['a', 'c', 'e', 'e/f'])
    expect([...mergeLists(list({ 'x/y': 'file', x: 'folder' }), list({ x: 'file' })).keys()]).toEqual(['x'])
  })

  it('keeps what either list says exists', () => {
    const one = list({ a: 'gone', b: 'file', c: 'gone' })
    expect(uniteLists(one, list({ a: 'folder', b: 'gone', d: 'gone' }))).toEqual(
      list({ a: 'folder', b: 'file', c: 'gone', d: 'gone' }),
    )
    expect(one).toEqual(list({ a: 'gone', b: 'file', c: 'gone' }))
  })
})

describe('an entry', () => {
  it.each<[EntryKind | undefined, EntryKind, EntryKind]>([
    [undefined, 'gone', 'gone'],
    [undefined, 'file', 'file'],
    ['file', 'gone', 'file'],
    ['folder', 'gone', 'folder'],
    ['gone', 'file', 'file'],
    ['file', 'folder', 'folder'],
    ['folder', 'file', 'file'],
  ])('%s, to which %s is added, is %s', (before, added, expected) => {
    const names: PathList = new Map(before === undefined ? [] : [['a', before]])
    addEntry(names, 'a', added)
    expect(names).toEqual(list({ a: expected }))
  })
})

describe('countGone', () => {
  it('counts the names that are gone, and no others', () => {
    expect(countGone(list({ a: 'gone', b: 'file', c: 'folder', d: 'gone' }))).toBe(2)
    expect(countGone(new Map())).toBe(0)
  })
})

describe('mergeLists', () => {
  it('believes the newer list where both know a name', () => {
    const older = list({ a: 'file', b: 'gone', c: 'folder', d: 'file' })
    const newer = list({ a: 'gone', b: 'file', c: 'file', e: 'gone' })
    expect(mergeLists(older, newer)).toEqual(list({ a: 'gone', b: 'file', c: 'file', d: 'file', e: 'gone' }))
  })

  it('leaves out what lay below a folder that is gone meanwhile, and not what only begins like it', () => {
    const older = list({ 'x/y/z': 'file', 'x/y': 'folder', 'xy/z': 'file', x: 'folder' })
    expect(mergeLists(older, list({ x: 'gone' }))).toEqual(list({ x: 'gone', 'xy/z': 'file' }))
  })
})

describe('a list in a file', () => {
  const names = fc
    .uint8Array({ min: 1, minLength: 1, maxLength: 20 })
    .map((bytes) => Buffer.from(bytes).toString('latin1'))
  const lists = fc
    .uniqueArray(fc.tuple(names, fc.constantFrom<EntryKind>('file', 'folder', 'gone')), { selector: ([name]) => name })
    .map((entries) => new Map(entries.filter(([name]) => name === '.' || isInnerName(name))))

  it('comes back whatever bytes its names have', () => {
    fc.assert(
      fc.property(lists, (some) => {
        expect(decodeList(encodeList(some))).toEqual(some)
      }),
    )
  })

  it('is for its owner only, and is none when it is missing or damaged', async () => {
    const file = path.join(temporaryFolder(), 'list')
    expect(await readList(file)).toBeNull()
    const some = list({ a: 'file', '\xff': 'gone' })
    await writeList(file, some)
    expect(await readList(file)).toEqual(some)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    writeFileSync(file, '+a\0+b')
    expect(await readList(file)).toBeNull()
  })
})

describe('isInnerName', () => {
  it.each([
    ['a', true],
    ['a/b/c', true],
    ['..a/b..', true],
    ['...', true],
    ['a\nb', true],
    ['a'.repeat(4_096), true],
    ['a'.repeat(4_097), false],
    ['', false],
    ['..', false],
    ['a/..', false],
    ['../a', false],
    ['a/../b', false],
    ['/a', false],
    ['a//b', false],
    ['a/', false],
    ['a\0b', false],
  ])('of %j: %s', (name, isInner) => {
    expect(isInnerName(name)).toBe(isInner)
  })
})

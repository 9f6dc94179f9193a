import { describe, expect, it } from 'vitest'
import {
  decodeList,
  dropCovered,
  encodeEntry,
  encodeList,
  mergeLists,
  type PathList,
  uniteLists,
} from '../../../shared/trees/path-list.ts'

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

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  decodeList,
  dropCovered,
  encodeEntry,
  encodeList,
  lookAtNames,
  mergeLists,
  type PathList,
  writeNames,
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

  it('is looked up in a tree without following symlinks', async () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'folder'))
    writeFileSync(path.join(folder, 'folder', 'file'), '')
    symlinkSync('folder', path.join(folder, 'link'))
    symlinkSync('loop', path.join(folder, 'loop'))
    const names = ['folder', 'folder/file', 'folder/none/deep', 'link/file', 'loop/x', 'none/at/all']
    expect(await lookAtNames(names, folder)).toEqual(
      list({
        folder: 'folder',
        'folder/file': 'file',
        'folder/none': 'gone',
        link: 'file',
        loop: 'file',
        none: 'gone',
      }),
    )
  })

  it('names the root for rsync when something in it changes', async () => {
    const file = path.join(temporaryFolder(), 'names')
    await writeNames(file, list({ 'a/b': 'file' }), 'sub')
    expect(readFileSync(file, 'utf8')).toBe('sub/./a/b\0')
    await writeNames(file, list({ a: 'file' }), '')
    expect(readFileSync(file, 'utf8')).toBe('./.\0./a\0')
  })
})

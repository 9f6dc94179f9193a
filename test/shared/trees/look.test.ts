import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLook, lookAtNames, yieldingNow } from '../../../shared/trees/look.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

describe('a name', () => {
  it('is looked up in a tree without following symlinks', async () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'folder'))
    writeFileSync(path.join(folder, 'folder', 'file'), '')
    symlinkSync('folder', path.join(folder, 'link'))
    symlinkSync('loop', path.join(folder, 'loop'))
    const names = ['folder', 'folder/file', 'folder/none/deep', 'link/file', 'loop/x', 'none/at/all']
    expect(await lookAtNames(names, folder)).toEqual(
      new Map(
        Object.entries({
          folder: 'folder',
          'folder/file': 'file',
          'folder/none': 'gone',
          link: 'file',
          loop: 'file',
          none: 'gone',
        }),
      ),
    )
  })
})

/** A tree of `folder/inner/file`, and of links to it and to nowhere. */
function createTree(): string {
  const folder = temporaryFolder()
  mkdirSync(path.join(folder, 'folder', 'inner'), { recursive: true })
  writeFileSync(path.join(folder, 'folder', 'inner', 'file'), 'text')
  symlinkSync('folder', path.join(folder, 'link'))
  symlinkSync('nowhere', path.join(folder, 'folder', 'dangling'))
  return folder
}

describe('a look at a tree', () => {
  it.each([
    ['folder', 'folder', null],
    ['folder/inner/file', 'file', null],
    ['folder/dangling', 'file', null],
    ['folder/missing', 'gone', null],
    ['link', 'file', null],
    ['link/inner/file', 'gone', 'link'],
    ['folder/inner/file/below', 'gone', 'folder/inner/file'],
    ['folder/missing/a/b', 'gone', 'folder/missing'],
  ])('finds at %s: %s; no folder above it: %s', (name, kind, nonFolder) => {
    const look = createLook(createTree())
    expect(look.kindOf(name)).toBe(kind)
    expect(look.firstNonFolder(name)).toBe(nonFolder)
    expect(look.stat(name) === undefined).toBe(kind === 'gone')
  })

  it('lists all that lies below a folder, and follows no link', () => {
    const below = createLook(createTree()).listBelow('folder')
    expect(Object.fromEntries(below)).toEqual({
      'folder/inner': 'folder',
      'folder/inner/file': 'file',
      'folder/dangling': 'file',
    })
  })

  it('takes names for bytes', () => {
    const folder = temporaryFolder()
    const name = Buffer.from([0xff, 0x0a, 0x41])
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), '')
    const look = createLook(folder)
    expect(look.kindOf('\xff\nA')).toBe('file')
    expect(look.fileOf('\xff\nA')).toEqual(Buffer.concat([Buffer.from(`${folder}/`), name]))
    mkdirSync(path.join(folder, 'ü'))
    expect(look.kindOf('\xc3\xbc')).toBe('folder')
  })
})

describe('yieldingNow', () => {
  it('gives every item, and others their turn between', async () => {
    let turns = 0
    const count = () => {
      turns += 1
      next = setImmediate(count)
    }
    let next = setImmediate(count)
    const items = Array.from({ length: 5_000 }, (_, index) => index)
    const seen: number[] = []
    for await (const item of yieldingNow(items)) seen.push(item)
    clearImmediate(next)
    expect(seen).toEqual(items)
    expect(turns).toBeGreaterThan(0)
  })
})

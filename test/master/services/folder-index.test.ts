import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FolderIndex } from '../../../master/services/folder-index.ts'

const indexOf = (folders: Readonly<Record<string, string>>) => {
  const index = new FolderIndex()
  for (const [owner, folder] of Object.entries(folders)) index.add(folder, owner)
  return index
}

describe('a folder', () => {
  const index = indexOf({ debian: '/srv/linux/debian', cpan: '/srv/cpan' })

  it.each([
    ['the same as another', '/srv/linux/debian', '/srv/linux/debian'],
    ['inside of another', '/srv/linux/debian/pool', '/srv/linux/debian'],
    ['deep inside of another', '/srv/cpan/a/b/c', '/srv/cpan'],
    ['around another', '/srv/linux', '/srv/linux/debian'],
    ['beside others', '/srv/linux/fedora', null],
    ['of a name that begins like another', '/srv/linux/debian-security', null],
    ['of a name that another begins with', '/srv/linux/deb', null],
  ])('%s, such as %s, conflicts with %s', (_name, folder, expected) => {
    expect(index.findConflict(folder, 'new')).toBe(expected)
  })

  it('conflicts with those of others only', () => {
    for (const folder of ['/srv/linux/debian', '/srv/linux/debian/pool', '/srv/linux'])
      expect(index.findConflict(folder, 'debian')).toBeNull()
    expect(index.findConflict('/srv', 'debian')).toBe('/srv/cpan')
  })

  it('conflicts with what lies in it, and not with what only begins like it', () => {
    const index = indexOf({ old: '/srv/linux-old', debian: '/srv/linux/debian' })
    expect(index.findConflict('/srv/linux', 'new')).toBe('/srv/linux/debian')
  })

  it('is free once it is removed, and only then', () => {
    const left = indexOf({ debian: '/srv/linux/debian', fedora: '/srv/linux/fedora' })
    left.remove('/srv/linux/debian')
    expect(left.findConflict('/srv/linux/debian', 'new')).toBeNull()
    expect(left.findConflict('/srv/linux', 'new')).toBe('/srv/linux/fedora')
    left.remove('/srv/linux/debian')
    expect(left.findConflict('/srv/linux', 'new')).toBe('/srv/linux/fedora')
    left.remove('/srv/linux/fedora')
    expect(left.findConflict('/srv/linux', 'new')).toBeNull()
  })
})

describe('the folder of an owner', () => {
  it('is the one that was added last, as long as it is not removed', () => {
    const index = indexOf({ debian: '/srv/old' })
    expect(index.folderOf('debian')).toBe('/srv/old')
    index.add('/srv/new', 'debian')
    index.remove('/srv/old')
    expect(index.folderOf('debian')).toBe('/srv/new')
    index.remove('/srv/new')
    expect(index.folderOf('debian')).toBeNull()
    expect(index.folderOf('nobody')).toBeNull()
  })

  it("is no longer the owner's when another has taken it", () => {
    const index = indexOf({ debian: '/srv/debian' })
    index.remove('/srv/debian')
    index.add('/srv/debian', 'ubuntu')
    expect(index.folderOf('debian')).toBeNull()
    expect(index.folderOf('ubuntu')).toBe('/srv/debian')
  })
})

describe('a conflict', () => {
  it('is found wherever one folder is, holds, or lies in another, whatever was added and removed', () => {
    const part = fc.constantFrom('a', 'b', 'ab')
    const folder = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
    const folders = fc.uniqueArray(folder, { minLength: 1, maxLength: 6 })
    const isNested = (one: string, other: string) =>
      `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)
    fc.assert(
      fc.property(folders, fc.nat(6), folder, (all, removed, asked) => {
        const index = new FolderIndex()
        for (const [owner, one] of all.entries()) index.add(one, String(owner))
        for (const one of all.slice(0, removed)) index.remove(one)
        const conflict = index.findConflict(asked, 'new')
        const expected = all.slice(removed).filter((one) => isNested(one, asked))
        if (conflict === null) expect(expected).toEqual([])
        else expect(expected).toContain(conflict)
      }),
    )
  })
})

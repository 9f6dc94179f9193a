import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertApart, assertPullable, isInside, normalizeInside, realFolder } from '../../../shared/trees/paths.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const REFUSED = expect.objectContaining({ code: 'INVALID_PATH', field: 'dest' })

describe('normalizeInside', () => {
  it.each([
    ['/srv/mirror', '/srv/mirror'],
    ['/srv/mirror/', '/srv/mirror'],
    ['/srv/mirror//linux/./debian/', '/srv/mirror/linux/debian'],
    ['//srv/mirror/linux', '/srv/mirror/linux'],
    ['/srv/mirror/..linux', '/srv/mirror/..linux'],
    ['/srv/mirror/with space/ü', '/srv/mirror/with space/ü'],
    ['/srv/mirror/.mirrorfleet-not', '/srv/mirror/.mirrorfleet-not'],
  ])('takes %s as %s', (dest, expected) => {
    expect(normalizeInside('/srv/mirror', dest)).toBe(expected)
  })

  it.each([
    ['/srv'],
    ['/srv/mirror2'],
    ['/etc'],
    ['/'],
    [''],
    ['linux'],
    ['./linux'],
    ['/srv/mirror/../etc'],
    ['/srv/mirror/linux/..'],
    ['/srv/mirror/a:b'],
    ['/srv/mirror/a\nb'],
    ['/srv/mirror/a\0b'],
    ['/srv/mirror/a\x7f'],
    ['/srv/mirror/.mirrorfleet'],
    ['/srv/mirror/linux/.mirrorfleet/a'],
  ])('refuses %j', (dest) => {
    expect(() => normalizeInside('/srv/mirror', dest)).toThrow(REFUSED)
  })

  it('takes anything where the root is the root of the disk', () => {
    expect(normalizeInside('/', '/srv/mirror')).toBe('/srv/mirror')
  })
})

describe('assertPullable', () => {
  it.each(['', 'linux', '-x/y', '#a', 'a b', "it's", '~', '$HOME', 'a%2Fb', '{a,b}', '.~tmp'])('takes %j', (dest) => {
    expect(() => assertPullable('/srv/[1]', `/srv/[1]/${dest}`)).not.toThrow()
  })

  it.each(['a*', 'a?/b', 'a[b', 'b]', 'a\\b', '.~tmp~', 'a/.rsync-partial/b'])('refuses %j', (dest) => {
    expect(() => assertPullable('/srv/[1]', `/srv/[1]/${dest}`)).toThrow(REFUSED)
  })
})

describe('isInside', () => {
  it.each([
    ['/srv', '/srv', true],
    ['/srv', '/srv/a/b', true],
    ['/srv', '/srv/..a', true],
    ['/srv/', '/srv/a', true],
    ['/', '/srv', true],
    ['/srv', '/', false],
    ['/srv', '/srv2', false],
    ['/srv/a', '/srv', false],
    ['/srv/a', '/srv/b', false],
    ['/srv/a', '/srv/a/../b', false],
  ])('of %s and %s: %s', (root, folder, expected) => {
    expect(isInside(root, folder)).toBe(expected)
  })
})

describe('assertApart', () => {
  it.each([
    ['/srv/mirror/data', '/srv/mirror', false],
    ['/srv/mirror', '/srv/mirror', false],
    ['/srv/data', '/srv/mirror', true],
    ['/srv', '/srv/mirror', true],
    ['/srv/mirror-data', '/srv/mirror', true],
  ])('lets the state %s be beside what is served, %s: %s', async (state, served, isApart) => {
    const check = assertApart('DATA_DIR', state, 'DEST_ROOT', served)
    if (isApart) await expect(check).resolves.toBeUndefined()
    else await expect(check).rejects.toThrow(/DATA_DIR.*DEST_ROOT/)
  })

  it('looks where symlinks lead', async () => {
    const top = temporaryFolder()
    mkdirSync(path.join(top, 'data'))
    symlinkSync('data', path.join(top, 'mirror'))
    await expect(
      assertApart('DATA_DIR', path.join(top, 'data'), 'DEST_ROOT', path.join(top, 'mirror')),
    ).rejects.toThrow(/would be served to others/)
  })
})

it('realFolder follows symlinks as far as there are folders', async () => {
  const top = await realFolder(temporaryFolder())
  mkdirSync(path.join(top, 'folder'))
  symlinkSync('folder', path.join(top, 'link'))
  expect(await realFolder(path.join(top, 'link', 'not', 'yet'))).toBe(path.join(top, 'folder', 'not', 'yet'))
})

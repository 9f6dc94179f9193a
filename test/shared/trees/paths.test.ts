import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertApart, assertReallyInside, isInside, normalizeInside } from '../../../shared/trees/paths.ts'
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
  ])('lets the state %s be beside what is served, %s: %s', (state, served, isApart) => {
    const check = () => assertApart('DATA_DIR', state, 'DEST_ROOT', served)
    if (isApart) expect(check).not.toThrow()
    else expect(check).toThrow(/DATA_DIR.*DEST_ROOT/)
  })
})

describe('assertReallyInside', () => {
  /** `root` with a folder and links in it; `outside` beside it. */
  const createRoot = () => {
    const top = temporaryFolder()
    const [root, outside] = [path.join(top, 'root'), path.join(top, 'outside')]
    mkdirSync(path.join(root, 'folder'), { recursive: true })
    mkdirSync(outside)
    symlinkSync('folder', path.join(root, 'inward'))
    symlinkSync(outside, path.join(root, 'outward'))
    symlinkSync('../outside', path.join(root, 'folder', 'climbing'))
    symlinkSync('nowhere', path.join(root, 'dangling'))
    symlinkSync(root, path.join(top, 'link-to-root'))
    return { top, root, outside }
  }

  it.each([
    ['', true],
    ['folder', true],
    ['folder/not/there/yet', true],
    ['not-there-yet', true],
    ['inward', true],
    ['inward/not-there-yet', true],
    ['outward', false],
    ['outward/not/there/yet', false],
    ['folder/climbing', false],
    ['inward/climbing/a', false],
    ['folder/../../outside', false],
    ['dangling', false],
    ['dangling/a', false],
  ])('of "%s": %s', async (name, isIn) => {
    const { root } = createRoot()
    const check = assertReallyInside(root, path.join(root, name))
    if (isIn) await expect(check).resolves.toBeUndefined()
    else await expect(check).rejects.toThrow(REFUSED)
  })

  it('follows the symlinks of the root as well', async () => {
    const { top, root } = createRoot()
    await assertReallyInside(path.join(top, 'link-to-root'), path.join(root, 'folder'))
    await assertReallyInside(root, path.join(top, 'link-to-root', 'folder'))
  })
})

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertOwnFolder, assertPlainPath } from '../../../shared/trees/own-folder.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const REFUSED = expect.objectContaining({ code: 'INVALID_PATH', field: 'dest' })

/** `root` with a folder and links in it; `outside` beside it, and a link to the root. */
const createRoot = () => {
  const top = temporaryFolder()
  const root = path.join(top, 'root')
  mkdirSync(path.join(root, 'folder', 'Deep'), { recursive: true })
  mkdirSync(path.join(top, 'outside'))
  writeFileSync(path.join(root, 'file'), '')
  symlinkSync('folder', path.join(root, 'inward'))
  symlinkSync('../outside', path.join(root, 'outward'))
  symlinkSync('../../outside', path.join(root, 'folder', 'climbing'))
  symlinkSync('nowhere', path.join(root, 'dangling'))
  symlinkSync('.mirrorfleet/own/a', path.join(root, 'tree'))
  symlinkSync('.mirrorfleet/own/a/sub', path.join(root, 'below-tree'))
  symlinkSync('root', path.join(top, 'link-to-root'))
  return { top, root }
}

describe('a path', () => {
  it.each([
    ['', true],
    ['folder', true],
    ['folder/Deep', true],
    ['folder/not/there/yet', true],
    ['not-there-yet', true],
    ['inward', false],
    ['inward/not-there-yet', false],
    ['outward', false],
    ['outward/not/there/yet', false],
    ['folder/climbing', false],
    ['dangling', false],
    ['dangling/a', false],
    ['tree', false],
    ['tree/a', false],
    ['file', false],
    ['file/a', false],
  ])('of "%s" is plain: %s', async (name, isPlain) => {
    const { top, root } = createRoot()
    for (const one of [root, path.join(top, 'link-to-root')]) {
      const check = assertPlainPath(one, path.join(one, name))
      if (isPlain) await expect(check).resolves.toBeUndefined()
      else await expect(check).rejects.toThrow(REFUSED)
    }
  })

  it('that a symlink is part of is refused with the folder to give instead', async () => {
    const { root } = createRoot()
    await expect(assertPlainPath(root, path.join(root, 'inward', 'x'))).rejects.toThrow(
      `dest: "${root}/inward" is a symlink to ${root}/folder, and Mirrorfleet follows no symlink that it did not make; give the folder itself, or remove the symlink`,
    )
  })

  it('that leads out of the root is refused without advice to give a folder that would be refused too', async () => {
    const { top, root } = createRoot()
    await expect(assertPlainPath(root, path.join(root, 'outward'))).rejects.toThrow(
      `dest: "${root}/outward" is a symlink to ${top}/outside, and Mirrorfleet follows no symlink that it did not make; that folder is outside DEST_ROOT: bind-mount it in the place of the symlink, or remove the symlink`,
    )
  })
})

describe('the folder of a project', () => {
  it.each([
    ['folder', true],
    ['not-there-yet', true],
    ['tree', true],
    ['tree/a', false],
    ['below-tree', false],
    ['inward', false],
    ['dangling', false],
    ['file', false],
  ])('"%s" is its own: %s', async (name, isOwn) => {
    const { root } = createRoot()
    const check = assertOwnFolder(root, path.join(root, name), (key) => key === 'own')
    if (isOwn) await expect(check).resolves.toBeUndefined()
    else await expect(check).rejects.toThrow(REFUSED)
  })

  it('is not the tree of another project', async () => {
    const { root } = createRoot()
    await expect(assertOwnFolder(root, path.join(root, 'tree'), () => false)).rejects.toThrow(REFUSED)
  })
})

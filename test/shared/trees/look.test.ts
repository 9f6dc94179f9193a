import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookAtNames } from '../../../shared/trees/look.ts'
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

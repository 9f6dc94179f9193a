import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeNamesFile } from '../../../shared/rsync/names-file.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

describe('the names of a listed pull', () => {
  it('begin at the root of the module, each with a zero byte at its end', async () => {
    const file = path.join(temporaryFolder(), 'names')
    await writeNamesFile(file, new Map([['a/b', 'file']]), 'sub')
    expect(readFileSync(file, 'utf8')).toBe('sub/./a/b\0')
    await writeNamesFile(
      file,
      new Map([
        ['\xff', 'file'],
        ['.', 'folder'],
      ]),
      '',
    )
    expect(readFileSync(file, 'latin1')).toBe('./\xff\0./.\0')
  })
})

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeNamesFile } from '../../../shared/rsync/names-file.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

describe('the names of a listed pull', () => {
  it('names the root for rsync when something in it changes', async () => {
    const file = path.join(temporaryFolder(), 'names')
    await writeNamesFile(file, new Map([['a/b', 'file']]), 'sub')
    expect(readFileSync(file, 'utf8')).toBe('sub/./a/b\0')
    await writeNamesFile(file, new Map([['a', 'file']]), '')
    expect(readFileSync(file, 'utf8')).toBe('./.\0./a\0')
  })
})

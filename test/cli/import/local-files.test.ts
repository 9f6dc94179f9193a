// The files that a configuration names.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { localFiles } from '../../../cli/import/local-files.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

it('files of a pattern are listed in order, and read where they can be', () => {
  const folder = temporaryFolder()
  mkdirSync(path.join(folder, 'b'))
  for (const name of ['z.conf', 'a.conf', '.hidden.conf', 'a.conf~', 'b/c.conf', 'aXconf'])
    writeFileSync(path.join(folder, name), name)
  const { listFiles, readFile } = localFiles
  const names = (pattern: string) => listFiles(path.join(folder, pattern)).map((file) => path.relative(folder, file))
  expect(names('*.conf')).toEqual(['a.conf', 'z.conf'])
  expect(names('?/*.conf')).toEqual(['b/c.conf'])
  expect(names('none/*.conf')).toEqual([])
  expect(listFiles('*.conf')).toEqual([])
  expect(readFile(path.join(folder, 'b/c.conf'))).toBe('b/c.conf')
  expect([readFile(folder), readFile('package.json'), readFile(path.join(folder, 'none'))]).toEqual([null, null, null])
})

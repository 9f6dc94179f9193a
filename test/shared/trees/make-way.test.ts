import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { countDeletions } from '../../../shared/trees/make-way.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

it('counts what makes way once, listed itself or in a folder that goes, and nothing that is not there', () => {
  const folder = temporaryFolder()
  for (const name of ['gone', 'gone/deep', 'turned']) mkdirSync(path.join(folder, name))
  for (const name of ['gone/a', 'gone/deep/b', 'turned/c', 'single']) writeFileSync(path.join(folder, name), '')
  const changes = new Map([
    ['gone', 'gone'],
    ['gone/a', 'gone'],
    ['gone/deep', 'gone'],
    ['turned', 'file'],
    ['turned/c', 'gone'],
    ['single', 'gone'],
    ['never', 'gone'],
  ] as const)
  expect(countDeletions(folder, changes)).toBe(6)
})

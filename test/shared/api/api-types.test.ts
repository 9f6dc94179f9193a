import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { digestOf, readDocument } from '../../../scripts/api-types/document.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

it('the generated types of the API are those of its document; else run `npm run api-types`', async () => {
  const head = readFileSync('shared/api/api-types.ts', 'utf8').slice(0, 300)
  const document = await readDocument(path.join(temporaryFolder(), 'data'))
  expect(/document: ([0-9a-f]+)/.exec(head)?.[1]).toBe(digestOf(document))
})

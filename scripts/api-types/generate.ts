// Writes shared/api/api-types.ts, the types of the API's requests and answers, from the master's own OpenAPI document.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { digestOf, readDocument } from './document.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const target = path.join(here, '../../shared/api/api-types.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-api-'))
try {
  const text = await readDocument(path.join(folder, 'data'))
  const document = path.join(folder, 'openapi.json')
  writeFileSync(document, text)
  const types = execFileSync(path.join(here, 'node_modules/.bin/openapi-typescript'), [document], { encoding: 'utf8' })
  const head = `// The API's requests and answers as types. Made by \`npm run api-types\`; do not edit.\n// document: ${digestOf(text)}\n`
  writeFileSync(target, head + types)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

// Starts the programs of another checkout of this repository, such as one of an earlier version.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** Fills `folder` so that SAMPLE_BUILD may name it. The checkout has its node_modules; its sources are run as they are. */
export function makeProgramsOf(checkout: string, folder: string): void {
  const urlOf = (...parts: string[]) => pathToFileURL(path.resolve(checkout, ...parts)).href
  const tsx = urlOf('node_modules', 'tsx', 'dist', 'esm', 'api', 'index.mjs')
  for (const name of ['master', 'slave']) {
    const program = path.join(folder, 'programs', name, 'main.js')
    mkdirSync(path.dirname(program), { recursive: true })
    writeFileSync(program, `import { register } from '${tsx}'\nregister()\nawait import('${urlOf(name, 'main.ts')}')\n`)
  }
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}\n')
}

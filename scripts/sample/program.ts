// How the sample fleet calls our programs: from a build when the environment names one, else from the sources.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
const TSX = path.join(REPOSITORY, 'node_modules', 'tsx', 'dist', 'loader.mjs')

/**
 * Node's arguments for a program. SAMPLE_BUILD is a folder that `buildPrograms` filled: a program starts from it in a
 * fraction of the time that its sources take. A `preload.cjs` in it is loaded first.
 */
export function programArguments(name: 'master' | 'slave' | 'cli'): string[] {
  const build = process.env.SAMPLE_BUILD
  if (build === undefined) return ['--import', TSX, path.join(REPOSITORY, name, 'main.ts')]
  const preload = path.join(build, 'preload.cjs')
  return [...(existsSync(preload) ? ['--require', preload] : []), path.join(build, 'programs', name, 'main.js')]
}

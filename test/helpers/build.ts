// Bundles the programs once for all test files of a run: what starts hundreds of times is to start fast.

import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { build } from 'vite'

const PROGRAMS = ['master', 'slave', 'cli']
/** They find files of their own beside them; a node under test may patch what pg does. */
const NOT_BUNDLED = ['@fastify/swagger-ui', '@node-rs/argon2', 'pg', 'pg-boss']
const DAY_MS = 86_400_000

/** Vitest calls it before the first file. The build is this run's alone: another run of the same checkout has its own. */
export default async function buildPrograms(): Promise<() => void> {
  const parent = path.resolve('node_modules', '.mirrorfleet')
  mkdirSync(parent, { recursive: true })
  for (const name of readdirSync(parent)) removeWhenOld(path.join(parent, name))
  const folder = mkdtempSync(path.join(parent, 'build-'))
  // Some nodes under test run as another user.
  chmodSync(folder, 0o755)
  // The dashboard and the package file lie where a program looks for them.
  cpSync('package.json', path.join(folder, 'package.json'))
  symlinkSync(path.resolve('dist', 'web'), path.join(folder, 'web'))
  await build({
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: NOT_BUNDLED, resolve: { conditions: ['node'], mainFields: [] } },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      rolldownOptions: {
        input: Object.fromEntries(PROGRAMS.map((name) => [name, path.resolve(name, 'main.ts')])),
        // Only of modules of this kind does Node 20 take a compiled form.
        output: {
          format: 'cjs',
          entryFileNames: 'programs/[name]/main.js',
          chunkFileNames: 'programs/shared/[name].js',
        },
      },
    },
  })
  writeFileSync(path.join(folder, 'programs', 'package.json'), '{"type":"commonjs"}\n')
  cpSync(path.resolve('test', 'helpers', 'compiled.cjs'), path.join(folder, 'preload.cjs'))
  mkdirSync(path.join(folder, 'compiled'))
  process.env.SAMPLE_BUILD = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

/** A run that was killed left its build behind. */
function removeWhenOld(folder: string): void {
  const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  if (age > DAY_MS) rmSync(folder, { recursive: true, force: true })
}

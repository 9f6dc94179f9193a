// Temporary folders that go with the test.

import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** Makes a folder; `keep` leaves its removal to the caller (for hooks, which have no test to finish). */
export function temporaryFolder(keep = false): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-test-'))
  if (!keep) onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const SOURCES = ['cli', 'deploy', 'docs', 'master', 'shared', 'slave', 'web', 'package.json', 'settings.ts']
const BESIDE = [
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'SECURITY.md',
]

/** A copy of the repository to build in, so that a build does not take the dashboard from under other tests; it is to be removed. */
export function copyRepository(): string {
  const copy = temporaryFolder(true)
  for (const name of [...SOURCES, ...BESIDE]) cpSync(name, path.join(copy, name), { recursive: true })
  symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'))
  return copy
}

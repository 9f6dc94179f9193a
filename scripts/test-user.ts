// Runs the tests of trees and fleets as an ordinary user: `npm run test:user -- [USER] [-- FILE or option of vitest...]`.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import useMemory from '../test/helpers/memory.ts'

/** nobody's number on most systems. */
const NOBODY = '65534'
/** What depends on who runs it. */
const FILES = ['test/e2e', 'test/faults', 'test/security', 'test/trees', 'test/slave']
/** What is not copied: other versions of Node.js, builds of other runs, and the history. */
const LEFT_OUT = ['.git', path.join('node_modules', '.cache'), path.join('node_modules', '.mirrorfleet')]

interface Ids {
  uid: string
  gid: string
}

function main(args: readonly string[]): number {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const [[user = NOBODY], more] = [args.slice(0, end), args.slice(end + 1)]
  if (process.getuid?.() !== 0) {
    process.stderr.write('Only root can run the tests as another user. Your own user runs them by: npx vitest run\n')
    return 1
  }
  const ids = findUser(user)
  const removeMemory = useMemory()
  const folder = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-user-'))
  try {
    copyCheckout(folder, ids)
    return runTests(folder, ids, more)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    removeMemory?.()
  }
}

/** By name or number; a number needs no account. */
function findUser(user: string): Ids {
  if (/^\d+$/.test(user)) return { uid: user, gid: user }
  const ask = (flag: string): string => execFileSync('id', [flag, '--', user], { encoding: 'utf8' }).trim()
  return { uid: ask('-u'), gid: ask('-g') }
}

/** The user's own: the checkout, a home, and a folder for temporary files. Nobody else looks into them. */
function copyCheckout(folder: string, { uid, gid }: Ids): void {
  const out = new Set(LEFT_OUT.map((name) => path.resolve(name)))
  cpSync('.', path.join(folder, 'checkout'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (from) => !out.has(path.resolve(from)),
  })
  for (const name of ['home', 'tmp']) mkdirSync(path.join(folder, name))
  execFileSync('chown', ['-R', `${uid}:${gid}`, folder])
}

function runTests(folder: string, { uid, gid }: Ids, more: readonly string[]): number {
  const files = more.some((word) => word.startsWith('test/')) ? [] : FILES
  const asUser = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', process.execPath]
  const { status } = spawnSync('setpriv', [...asUser, 'node_modules/vitest/vitest.mjs', 'run', ...files, ...more], {
    cwd: path.join(folder, 'checkout'),
    stdio: 'inherit',
    env: { ...process.env, HOME: path.join(folder, 'home'), TMPDIR: path.join(folder, 'tmp') },
  })
  return status ?? 1
}

process.exitCode = main(process.argv.slice(2))

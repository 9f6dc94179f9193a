// Runs the tests with several versions of Node.js: `npm run test:nodes -- [VERSION...] [-- FILE...]`.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'

/** The oldest line that is supported, and the lines with long-term support after it. */
const VERSIONS = ['20.19', '22', '24', '26']
/** The plain program as a package; the package's versions are those of Node.js. */
const PACKAGE = `node-${process.platform}-${process.arch}`
const CACHE = path.resolve('node_modules', '.cache', 'nodes')

interface Result {
  version: string
  passed: number
  failed: number
  seconds: number
}

function main(args: readonly string[]): number {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const [versions, files] = [args.slice(0, end), args.slice(end + 1)]
  // All are fetched first: a version that does not exist is to be known before the tests run.
  const nodes = (versions.length > 0 ? versions : VERSIONS).map(fetchNode)
  const results = nodes.map((node) => runTests(node, files))
  process.stdout.write(showTable(results))
  return results.every(({ failed }) => failed === 0) ? 0 : 1
}

/** The newest version that begins with `version`. @returns the path of its program */
function fetchNode(version: string): string {
  const folder = path.join(CACHE, version)
  mkdirSync(folder, { recursive: true })
  const options = ['--loglevel=error', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder]
  const { status } = spawnSync('npm', ['install', ...options, `${PACKAGE}@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // npm has said why.
  if (status !== 0) process.exit(1)
  return path.join(folder, 'node_modules', PACKAGE, 'bin', 'node')
}

/** What the tests start is found in PATH or is the program that runs them: the same Node.js either way. */
function runTests(node: string, files: readonly string[]): Result {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  const report = path.join(CACHE, `${version}.json`)
  rmSync(report, { force: true })
  process.stdout.write(`\nNode.js ${version}\n`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const began = Date.now()
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...files], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${path.dirname(node)}:${process.env.PATH}` },
  })
  const seconds = Math.round((Date.now() - began) / 1000)
  const { numPassedTests: passed, numFailedTests: failed } = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0 }
  // A file that cannot be loaded fails without a failed test.
  return { version, passed, failed: status === 0 ? failed : Math.max(failed, 1), seconds }
}

function showTable(results: readonly Result[]): string {
  const rows = results.map(({ version, passed, failed, seconds }) => [version, passed, failed, seconds])
  const lines = [['Node.js', 'passed', 'failed', 'seconds'], ...rows].map(([version, ...numbers]) =>
    [String(version).padEnd(10), ...numbers.map((cell) => String(cell).padStart(8))].join(''),
  )
  return `\n${lines.join('\n')}\n`
}

process.exitCode = main(process.argv.slice(2))

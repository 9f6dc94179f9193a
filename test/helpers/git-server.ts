// Repositories of the test's own, and real servers for them: git's daemon, and its CGI program behind HTTP.

import { execFileSync, spawn } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { until } from '../../scripts/sample/until.ts'
import { temporaryFolder } from './folder.ts'

const ENV = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
}

export const runGit = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, ...args], { env: ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

export interface Forge {
  root: string
  /** The bare repository that is served. */
  bare: string
  /** Commits a file on a branch, and pushes it. Returns the commit. */
  commit: (branch: string, name: string, text: string) => string
  git: (...args: string[]) => string
}

/** A repository with nothing in it, and a place to work on it. */
export function makeForge(): Forge {
  const root = temporaryFolder()
  const [bare, work] = [path.join(root, 'repository.git'), path.join(root, 'work')]
  for (const folder of [bare, work]) mkdirSync(folder)
  runGit(bare, 'init', '-q', '--bare', '-b', 'main')
  runGit(work, 'init', '-q', '-b', 'main')
  const git = (...args: string[]) => runGit(bare, ...args)
  const commit: Forge['commit'] = (branch, name, text) => {
    runGit(work, 'checkout', '-q', '-B', branch)
    mkdirSync(path.dirname(path.join(work, name)), { recursive: true })
    writeFileSync(path.join(work, name), text)
    runGit(work, 'add', '-A')
    runGit(work, 'commit', '-q', '-m', text)
    runGit(work, 'push', '-q', '--force', bare, `${branch}:${branch}`)
    return runGit(work, 'rev-parse', 'HEAD')
  }
  return { root, bare, commit, git }
}

/** git's own daemon, until the test ends. */
export async function startGitDaemon({ root }: Forge): Promise<string> {
  const [port = 0] = await findFreePorts(1)
  const words = ['daemon', '--export-all', '--reuseaddr', '--verbose', `--base-path=${root}`]
  const daemon = startProcess('git', [...words, '--listen=127.0.0.1', `--port=${port}`], ENV)
  onTestFinished(async () => {
    await daemon.stop()
  })
  await until('git daemon', () => daemon.output().includes('Ready to rumble'))
  return `git://127.0.0.1:${port}/repository.git`
}

/** HTTP: `smart` by git http-backend(1), else the files alone. `refuse` answers in its place, with a status. */
export async function startGitWeb(
  { root }: Forge,
  smart: boolean,
  refuse: (url: string) => number | null = () => null,
): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const status = refuse(request.url ?? '/')
    if (status !== null) return void response.writeHead(status).end('refused')
    if (!smart) {
      const file = path.join(root, url.pathname)
      if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end()
      return void createReadStream(file).pipe(response)
    }
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...ENV,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_ADDR: '127.0.0.1',
      },
    })
    request.pipe(backend.stdin)
    let head: Buffer = Buffer.alloc(0)
    backend.stdout.on('data', (chunk: Buffer) => {
      if (response.headersSent) return void response.write(chunk)
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const lines = head.subarray(0, end).toString().split('\r\n')
      const fields = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)))
      response.writeHead(Number.parseInt(fields.Status ?? '200', 10), fields)
      response.write(head.subarray(end + 4))
    })
    backend.stdout.on('end', () => response.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/repository.git`
}

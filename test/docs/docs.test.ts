// Every command of the docs' sh blocks is run, in the order of its page, against a real fleet.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { programArguments } from '../../scripts/sample/program.ts'
import { UPSTREAM_LOGIN, useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1, slaveRsyncd: true })
const pages = readdirSync('docs').filter((name) => name.endsWith('.md'))
let folder = ''

/** Lines of the sh blocks; a backslash at its end joins a line with the next. */
const commandsOf = (page: string): string[] =>
  [...readFileSync(path.join('docs', page), 'utf8').matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.trim() !== ''),
  )

/** The docs speak of a fleet out there; this one is here. */
const localize = (line: string): string =>
  line
    .replaceAll(
      'rsync.example.org --module pub',
      `127.0.0.1 --port ${sample.upstream.port} --module pub --upstream-user ${UPSTREAM_LOGIN.user}`,
    )
    .replaceAll('/data/ftp', sample.fleet.destRoot)
    .replaceAll('localhost 7000', `localhost ${sample.fleet.slaves[0]?.port}`)

/** Not in one go: this process must see when a connection of its own ends. */
const shell = async (script: string, options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) => {
  const child = spawn('sh', ['-c', script], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [status]: (number | null)[] = await once(child, 'close')
  return { status: status ?? null, stdout, stderr }
}

const run = (line: string) =>
  shell(localize(line), {
    cwd: folder,
    env: {
      PATH: `${path.join(folder, 'bin')}:${process.env.PATH}`,
      HOME: folder,
      MIRRORFLEET_URL: sample.fleet.api.url,
      MIRRORFLEET_USER: SAMPLE_LOGIN.username,
      MIRRORFLEET_PASSWORD: SAMPLE_LOGIN.password,
      MIRRORFLEET_UPSTREAM_PASSWORD: UPSTREAM_LOGIN.password,
      MIRRORFLEET_FEDORA_PASSWORD: UPSTREAM_LOGIN.password,
      MIRRORFLEET_DEBIAN_PASSWORD: UPSTREAM_LOGIN.password,
      MIRRORFLEET_NEW_PASSWORD: 'of a viewer',
    },
  })

beforeAll(async () => {
  folder = path.join(sample.fleet.root, 'docs')
  mkdirSync(path.join(folder, 'bin'), { recursive: true })
  const cli = `#!/bin/sh\nexec ${process.execPath} ${programArguments('cli').join(' ')} "$@"\n`
  writeFileSync(path.join(folder, 'bin', 'mirrorfleet'), cli, { mode: 0o755 })
  writeFileSync(
    path.join(folder, 'crontab.txt'),
    `17 */6 * * * rsync -a h.example.org::m/x ${sample.fleet.destRoot}/x\n`,
  )
  writeFileSync(
    path.join(folder, 'worker.conf'),
    '[[mirrors]]\nname = "y"\nprovider = "rsync"\nupstream = "rsync://h.example.org/y/"\n',
  )
  writeFileSync(path.join(folder, 'ftpsync.conf'), 'TO=/srv/debian/\nRSYNC_HOST=h.example.org\n')
  writeFileSync(path.join(folder, 'quick-fedora-mirror.conf'), 'DESTD=/srv/fedora\n')
  writeFileSync(path.join(folder, 'mirror.list'), 'deb http://h.example.org/debian bookworm main\n')
})

/** A stream has no end of its own. */
const isStream = (line: string): boolean => line.includes('-N') || line.includes('follow=true')

const localizeRequest = async (line: string): Promise<string> => {
  const { api, destRoot, slaves } = sample.fleet
  const [newest] = await api.ask('/list_runs/?limit=1')
  const [token] = await api.ask('/list_tokens/')
  const upstream = `"127.0.0.1", "rsync_port": ${sample.upstream.port}, "rsync_user": "${UPSTREAM_LOGIN.user}", "rsync_password": "${UPSTREAM_LOGIN.password}",`
  // The ids come last: in them, 7000 is no port.
  return line
    .replaceAll('7000', String(slaves[0]?.port))
    .replaceAll(/(?<==|": ")RUN\b/g, newest?.run ?? 'none')
    .replace('TOKEN_ID"}', `${token?.token_id}"}`)
    .replace("'$PWD'/data/mirror", destRoot)
    .replace('"rsync.example.org",', upstream)
    .replace('fedora-enchilada/linux', sample.upstream.module)
}

const request = async (line: string, streams: boolean): Promise<{ isWell: boolean; stdout: string }> => {
  const variables = [
    `M='${sample.fleet.api.url}'`,
    `A='-u ${SAMPLE_LOGIN.username}:${SAMPLE_LOGIN.password}'`,
    "J='Content-Type: application/json'",
  ]
  const curl = streams ? 'curl -sfm1' : 'curl -s --fail-with-body'
  const script = `${variables.join('; ')}; ${line.replace(/^curl/, curl)}`
  const { status, stdout } = await shell(script)
  return { isWell: status === 0 || (streams && status === 28), stdout }
}

describe('the docs', () => {
  // The page that makes the fleet comes first.
  const inOrder = ['first-fleet.md', ...pages.filter((page) => page !== 'first-fleet.md')]
  it.each(inOrder.filter((page) => commandsOf(page).some((line) => line.startsWith('mirrorfleet'))))(
    '%s: every command works',
    async (page) => {
      for (const line of commandsOf(page)) {
        const { status, stdout, stderr } = await run(line)
        expect(status, `${page}: ${line}\n${stdout}${stderr}`).toBe(0)
      }
    },
  )

  it.each([
    ['api.md', 36],
    ['../README.md', 5],
  ])('%s: every request works', async (page, atLeast) => {
    const { api } = sample.fleet
    for (const { id } of await api.ask('/list_projects/')) await api.ask('/remove_project/', { id, purge: true })
    const lines = commandsOf(page)
      .join('\n')
      .split(/\n(?=curl|export)/)
    const requests = lines.filter((line) => line.startsWith('curl'))
    expect(requests.length).toBeGreaterThanOrEqual(atLeast)
    for (const line of requests) {
      writeFileSync(path.join(sample.upstream.folder, 'news'), line)
      const done = await request(await localizeRequest(line), isStream(line))
      // By the time a reader comes here, the run has ended.
      const mayBeOver = line.includes('/stop_run/') && done.stdout.includes('RUN_ENDED')
      if (!mayBeOver) expect(done.isWell, `${line}\n${done.stdout}`).toBe(true)
      // What began is to be over before the next thing is asked for.
      const [began] = await api.ask('/list_runs/?limit=1')
      if (began !== undefined) await api.waitForRun(began.run)
    }
  })

  it('link only to what is there', () => {
    for (const page of [...pages.map((name) => path.join('docs', name)), 'README.md']) {
      const text = readFileSync(page, 'utf8')
      for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
        if (/^[a-z]+:/.test(link)) continue
        expect(() => readdirSync(path.dirname(path.join(path.dirname(page), link))), `${page}: ${link}`).not.toThrow()
        const name = path.basename(link)
        const there = readdirSync(path.dirname(path.join(path.dirname(page), link)))
        expect(there, `${page}: ${link}`).toContain(name)
      }
    }
  })
})

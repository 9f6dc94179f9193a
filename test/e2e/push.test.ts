// Upstreams that push, as docs/upstreams.md shows: by ssh with a forced command, and by a signed request over the network.

import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { programArguments } from '../../scripts/sample/program.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1 })

/** The command of the docs' authorized_keys line. */
const forcedCommand = (): string => {
  const command = /^restrict,command="([^"]+)"/m.exec(readFileSync('docs/upstreams.md', 'utf8'))?.[1]
  if (command === undefined) throw new Error('docs/upstreams.md has no forced command')
  return command
}

/** Runs a forced command as sshd(8) does: by the user's shell, with what the client asked for in the environment. */
const runForced = async (home: string, asked: string): Promise<{ code: number | null; output: string }> => {
  const child = spawn('sh', ['-c', forcedCommand()], {
    cwd: home,
    env: { HOME: home, PATH: `${home}/bin:${process.env.PATH}`, SSH_ORIGINAL_COMMAND: asked },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'close')
  return { code, output }
}

describe('a push by ssh', () => {
  it('starts the sync of its project, whatever else it asks for', async () => {
    const { api } = sample.fleet
    for (const project of ['debian', 'other']) await api.ask('/add_project/', sample.payload(project))
    const { token } = await api.ask('/create_token/', {
      label: 'runmirrors',
      ttl: '365d',
      scope: { projects: ['debian'], actions: ['sync'] },
    })
    const home = temporaryFolder()
    mkdirSync(path.join(home, 'bin'))
    const cli = `#!/bin/sh\nexec ${process.execPath} ${programArguments('cli').join(' ')} "$@"\n`
    writeFileSync(path.join(home, 'bin', 'mirrorfleet'), cli, { mode: 0o755 })
    const settings = `export MIRRORFLEET_URL=${api.url}\nexport MIRRORFLEET_TOKEN=${token}\n`
    writeFileSync(path.join(home, 'mirrorfleet.env'), settings, { mode: 0o600 })

    const done = await runForced(home, 'sync:stage1 sync:archive:other; touch taken; mirrorfleet sync other --force')
    expect(done).toMatchObject({ code: 0, output: expect.stringContaining('sync initiated') })
    const [run] = await api.ask('/list_runs/?limit=5')
    expect(await api.waitForRun(run.run)).toMatchObject({ id: 'debian', trigger: 'explicit', state: 'succeeded' })
    expect(await api.ask('/list_runs/?id=other')).toEqual([])
    expect(existsSync(path.join(home, 'taken'))).toBe(false)
    const [listed] = (await api.ask('/list_tokens/')).filter((one: { label: string }) => one.label === 'runmirrors')
    expect(listed.last_used_at).not.toBeNull()
  })
})

describe('a signed request', () => {
  it('starts the sync of its project, and leaves its secret nowhere', async () => {
    const { api } = sample.fleet
    const secret = 'a-trigger-secret-of-the-tests'
    await api.ask('/add_project/', sample.payload('hooked', { trigger_secret: secret }))
    const body = JSON.stringify({ ref: 'refs/heads/main' })
    const send = (signature: string) =>
      fetch(`${api.url}/hooks/hooked`, {
        method: 'POST',
        body,
        headers: { 'X-Hub-Signature-256': `sha256=${signature}` },
      })
    expect((await send('0'.repeat(64))).status).toBe(401)
    const answer = await send(createHmac('sha256', secret).update(body).digest('hex'))
    expect(answer.status).toBe(202)
    const { run } = (await answer.json()) as { run: string }
    expect(await api.waitForRun(run)).toMatchObject({
      id: 'hooked',
      state: 'succeeded',
      slaves: [{ state: 'succeeded' }],
    })
    const seen = sample.fleet.output() + JSON.stringify(await api.ask('/list_projects/'))
    expect(seen).not.toContain(secret)
  })
})

// What a person meets at a terminal: a log-in that asks, and a wait that is broken off.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { programArguments } from '../../scripts/sample/program.ts'
import { until } from '../../scripts/sample/until.ts'
import { useCommandLine } from '../helpers/command-line.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { useSample } from '../helpers/sample.ts'
import { openTerminal } from '../helpers/terminal.ts'

const sample = useSample({ slaves: 0 })
const { mirrorfleet } = useCommandLine(sample)

/** A log-in at a terminal, with nothing saved before. */
const logIn = (...more: string[]) => {
  const folder = temporaryFolder()
  const terminal = openTerminal(['login', sample.fleet.api.url, ...more], { XDG_CONFIG_HOME: folder, HOME: folder })
  return { ...terminal, file: path.join(folder, 'mirrorfleet', 'login.json') }
}

describe('login', () => {
  it('asks for the user and the password, and for the password again when it is wrong', async () => {
    const { shows, type, output, ended, file } = logIn()
    await shows(`User at ${sample.fleet.api.url} [root]: `)
    type('\n')
    for (const password of ['mistyped', 'not-this', SAMPLE_LOGIN.password]) {
      await shows(`Password of root at ${sample.fleet.api.url}: `)
      type(`${password}\n`)
      if (password !== SAMPLE_LOGIN.password) await shows('This user and password are not known there. Try again.')
    }
    expect(await ended).toBe(0)
    expect(output()).toContain(`Logged in to ${sample.fleet.api.url} as root until `)
    for (const password of ['mistyped', 'not-this', SAMPLE_LOGIN.password]) expect(output()).not.toContain(password)
    expect(JSON.parse(readFileSync(file, 'utf8')).logins).toMatchObject([{ username: 'root' }])
  })

  it('gives up after three wrong passwords, and says what to do', async () => {
    const { shows, type, output, ended, file } = logIn()
    await shows('[root]: ')
    type('alice\n')
    for (let tried = 0; tried < 3; tried++) {
      await shows('Password of alice at ')
      type('wrong\n')
    }
    expect(await ended).toBe(1)
    expect(output().match(/Password of alice at/g)).toHaveLength(3)
    expect(output().match(/Try again\./g)).toHaveLength(2)
    expect(output()).toContain('mirrorfleet user update alice --password')
    expect(existsSync(file)).toBe(false)
  })

  it('ends at Ctrl-C as a command that is interrupted', async () => {
    const { shows, type, output, ended, file } = logIn('--user', 'root')
    await shows('Password of root at ')
    type('\x03')
    expect(await ended).toBe(130)
    expect(output()).not.toMatch(/Abort|Error/)
    expect(existsSync(file)).toBe(false)
  })
})

describe('Ctrl-C while a command waits for a run', () => {
  /** So slow that it goes on until it is stopped. */
  const addSlow = (name: string) =>
    sample.fleet.api.ask('/add_project/', sample.payload(name, { rsync_options: { basic: ['--bwlimit=1k'] } }))
  const environment = () => ({
    HOME: sample.fleet.root,
    MIRRORFLEET_URL: sample.fleet.api.url,
    MIRRORFLEET_USER: SAMPLE_LOGIN.username,
    MIRRORFLEET_PASSWORD: SAMPLE_LOGIN.password,
  })
  /** The run goes on, and ends by the command that was named. */
  const expectToGoOn = async (id: string, said: string) => {
    const [, run = ''] = /The run goes on\. To stop it, run `mirrorfleet stop (\S+)`/.exec(said) ?? []
    expect(said).toContain(`to see it, \`mirrorfleet log -f ${run}\`.`)
    expect(run).toMatch(new RegExp(`^${id}-`))
    expect(await sample.fleet.api.ask(`/get_run/?run=${run}`)).toMatchObject({ state: 'syncing' })
    expect(await mirrorfleet(`stop ${run}`)).toMatchObject({ code: 0 })
    await until('its end', async () => (await sample.fleet.api.ask(`/get_run/?run=${run}`)).state === 'stopped')
  }

  it('leaves the run, and says how to end it', async () => {
    await addSlow('slow')
    const child = spawn(process.execPath, [...programArguments('cli'), 'sync', 'slow', '--wait'], {
      env: { PATH: process.env.PATH, ...environment() },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    await until('the start', () => said.includes('master: syncing'))
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    await expectToGoOn('slow', said)
  })

  it('does so at a terminal, below the bars', async () => {
    await addSlow('drawn')
    const { shows, type, output, ended } = openTerminal(['sync', 'drawn', '--wait'], environment())
    await shows('master ')
    type('\x03')
    expect(await ended).toBe(130)
    await expectToGoOn('drawn', output())
    // The cursor, which the bars hide, is there again (DECTCEM).
    expect(output().lastIndexOf('\x1b[?25h')).toBeGreaterThan(output().lastIndexOf('\x1b[?25l'))
  })
})

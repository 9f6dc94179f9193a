// The doctor on a real fleet whose upstreams and slaves have real faults.

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Finding } from '../../cli/doctor/finding.ts'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { until } from '../../scripts/sample/until.ts'
import { useCommandLine } from '../helpers/command-line.ts'
import { UPSTREAM_LOGIN, useSample } from '../helpers/sample.ts'
import { openTerminal } from '../helpers/terminal.ts'

const sample = useSample({ slaves: 1, settings: { SLAVE_POLL_S: '1' } })
const { mirrorfleet } = useCommandLine(sample)

const examine = async (env?: Record<string, string>): Promise<Finding[]> =>
  JSON.parse((await mirrorfleet('doctor --json', env)).stdout)
const add = (name: string, more: object = {}) =>
  sample.fleet.api.ask('/add_project/', sample.payload(name, { rsync_user: null, rsync_password: null, ...more }))
const WITH_LOG_IN = { rsync_user: UPSTREAM_LOGIN.user, rsync_password: UPSTREAM_LOGIN.password }

describe('the doctor', () => {
  it('looks at the upstreams: hosts, modules and log-ins', async () => {
    const [down] = await findFreePorts(1)
    for (const name of ['one', 'two', 'three']) await add(name, { rsync_port: down })
    await add('good', WITH_LOG_IN)
    await add('no-module', { rsync_module: 'nothing/deep' })
    await add('wrong', { ...WITH_LOG_IN, rsync_password: 'not the password' })
    await add('open')
    await add('disabled', { rsync_module: 'nothing' })
    await sample.fleet.api.ask('/disable_project/?id=disabled', {})
    await add('second', {
      ...WITH_LOG_IN,
      upstreams: [{ rsync_host: '127.0.0.1', rsync_port: down, rsync_module: 'm' }],
    })

    const found = (await examine()).filter(({ about }) => about.startsWith('upstream'))
    const at = (about: string) => found.filter((one) => one.about === about)
    expect(at(`upstream 127.0.0.1:${down}`)).toEqual([
      {
        level: 'fault',
        about: `upstream 127.0.0.1:${down}`,
        what: expect.stringMatching(/^does not answer: .*Connection refused.*; needed by .*one.*$/),
        advice: expect.stringContaining(`rsync rsync://127.0.0.1:${down}/`),
      },
    ])
    for (const id of ['one', 'two', 'three', 'second']) expect(at(`upstream 127.0.0.1:${down}`)[0]?.what).toContain(id)
    expect(at('upstream of no-module')).toEqual([
      {
        level: 'fault',
        about: 'upstream of no-module',
        what: `127.0.0.1:${sample.upstream.port} has no module "nothing"`,
        advice: expect.stringContaining('mirrorfleet project update no-module --module'),
      },
    ])
    expect(at('upstream of wrong')).toEqual([
      expect.objectContaining({
        level: 'fault',
        what: expect.stringContaining('refuses the user or the password'),
        advice: expect.stringContaining('MIRRORFLEET_UPSTREAM_PASSWORD'),
      }),
    ])
    expect(at('upstream of open')).toEqual([
      expect.objectContaining({ level: 'fault', what: expect.stringContaining('asks for a user and a password') }),
    ])
    expect(found.filter(({ level }) => level === 'ok').map(({ about }) => about)).toEqual([
      `upstream 127.0.0.1:${sample.upstream.port}`,
    ])
    expect(JSON.stringify(found)).not.toContain('not the password')
    expect(JSON.stringify(found)).not.toContain('disabled')
  })

  it('shows on a terminal that it waits for an upstream', async () => {
    const held: Socket[] = []
    const mute = createServer((socket) => void held.push(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    onTestFinished(() => void mute.close())
    const address = mute.address()
    await add('mute', { rsync_port: typeof address === 'object' ? address?.port : 0 })
    const terminal = openTerminal(['doctor'], {
      HOME: sample.fleet.root,
      MIRRORFLEET_URL: sample.fleet.api.url,
      MIRRORFLEET_USER: SAMPLE_LOGIN.username,
      MIRRORFLEET_PASSWORD: SAMPLE_LOGIN.password,
    })
    await terminal.shows('Looking at the upstreams')
    await until('rsync at the door', () => held.length > 0)
    // rsync gives up, and may come again before the server is gone.
    mute.close()
    for (const socket of held) socket.destroy()
    expect(await terminal.ended).toBe(1)
    // What was shown is taken away before the findings come.
    const cleared = terminal.output().lastIndexOf('\r\u001b[K')
    expect(terminal.output().slice(cleared)).toMatch(/^(?!.*Looking).*fault /s)
    expect(terminal.output()).toContain('needed by mute')
    await mirrorfleet('project remove mute')
  })

  it('does not ask for those who may not', async () => {
    await mirrorfleet('user add viewer --role viewer', { MIRRORFLEET_NEW_PASSWORD: 'viewer' })
    const found = await examine({ MIRRORFLEET_USER: 'viewer', MIRRORFLEET_PASSWORD: 'viewer' })
    expect(found.filter(({ about }) => about.startsWith('upstream'))).toEqual([])
    expect(found.length).toBeGreaterThan(0)
  })

  it('says which way between a slave and its master is cut', async () => {
    const { fleet } = sample
    const [slave] = fleet.slaves
    if (slave === undefined) throw new Error('The fleet has no slave')
    const ofSlave = async (text: string) =>
      until(text, async () => {
        const found = (await examine()).filter(({ about }) => about === `slave ${slave.id}`)
        return found.some(({ what }) => what.includes(text)) && found
      })
    await ofSlave('reaches its master')

    await slave.process?.stop()
    const [nowhere, nothing] = await findFreePorts(2)
    await fleet.startSlave(slave, {
      MASTER_URL: `http://127.0.0.1:${nowhere}`,
      MASTER_RSYNCD_PORT: String(nothing),
    })
    const found = await ofSlave('cannot report')
    expect(found).toContainEqual({
      level: 'fault',
      about: `slave ${slave.id}`,
      what: `cannot report to its master at http://127.0.0.1:${nowhere}: 127.0.0.1:${nowhere} refuses connections; is the service running there?`,
      advice: expect.stringContaining('set MASTER_URL to the address of this master'),
    })
    expect(found).toContainEqual(
      expect.objectContaining({
        level: 'fault',
        what: `cannot pull from its master: localhost:${nothing} refuses connections`,
        advice: expect.stringContaining('MASTER_RSYNCD_PORT'),
      }),
    )
    await slave.process?.stop()
    await fleet.startSlave(slave)
    await ofSlave('reaches its master')
  })
})

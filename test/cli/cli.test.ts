// The command line, as its user runs it: a process of its own against a real fleet.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { programArguments } from '../../scripts/sample/program.ts'
import { until } from '../../scripts/sample/until.ts'
import { runSaved, useCommandLine } from '../helpers/command-line.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { UPSTREAM_LOGIN, useSample } from '../helpers/sample.ts'
import { makeKey } from '../helpers/sshd.ts'

const sample = useSample({ slaves: 1 })

const { run, mirrorfleet } = useCommandLine(sample)
const addLine = (name: string) =>
  `project add ${name} --host 127.0.0.1 --port ${sample.upstream.port} --module ${sample.upstream.module} ` +
  `--upstream-user ${UPSTREAM_LOGIN.user} --dest ${sample.fleet.destRoot}`
const WITH_PASSWORD = { MIRRORFLEET_UPSTREAM_PASSWORD: UPSTREAM_LOGIN.password }

describe('mirrorfleet', () => {
  it('adds, shows, syncs and removes a project', async () => {
    expect(await mirrorfleet(`${addLine('fedora')} --hour */6 --minute 30`, WITH_PASSWORD)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Added fedora'),
    })
    const synced = await mirrorfleet('sync fedora --wait')
    expect(synced.code).toBe(0)
    expect(synced.stdout).toMatch(/Source +Mode +Add +Mod +Del +Err/)
    expect(synced.stdout).toMatch(/^master +sync +52 +0 +0 +0 /m)
    expect(synced.stdout).toMatch(/^localhost:\d+ +slow +52 +0 +0 +0 /m)
    expect(synced.stderr).toContain('master: succeeded')
    writeFileSync(path.join(sample.upstream.folder, 'NEWS'), 'new\n')
    const dry = await mirrorfleet('sync fedora --dry-run')
    expect(dry.stdout).toContain('>f+++++++++\t4\t0\tNEWS')
    const shown = await mirrorfleet('project show fedora')
    for (const text of ['hour */6', 'minute 30', 'Generation    1', 'localhost:']) expect(shown.stdout).toContain(text)
    expect((await mirrorfleet('status')).stdout).toMatch(/^fedora +succeeded/m)
    expect((await mirrorfleet('runs fedora')).stdout.trim().split('\n')).toHaveLength(3)
    const { stdout } = await mirrorfleet('--json runs fedora')
    expect((await mirrorfleet(`log ${JSON.parse(stdout)[1].run}`)).stdout).toContain('$ rsync')
    expect((await mirrorfleet('log fedora')).stdout).toContain('$ rsync')
    expect(await mirrorfleet('stop fedora')).toMatchObject({
      code: 2,
      stderr: 'fedora has no run to stop: none is queued or under way.\n',
    })
    for (const line of ['log fedra', 'stop fedra', 'sync fedra', 'project show fedra', 'runs fedra'])
      expect(await mirrorfleet(line)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Did you mean "fedora"?'),
      })
    expect((await mirrorfleet('project update fedora --probe NEWS')).code).toBe(0)
    expect((await mirrorfleet('project show fedora')).stdout).toContain('Probe         NEWS')
    expect((await mirrorfleet('export')).stdout).toMatch(/ probe:\n +file: NEWS/)
    expect((await mirrorfleet('project update fedora --probe none')).code).toBe(0)
    expect((await mirrorfleet('project show fedora')).stdout).toContain('Probe         none')
    expect((await mirrorfleet('project disable fedora')).stdout).toBe('fedora is disabled.\n')
    expect((await mirrorfleet('project schedule fedora')).stdout).toContain('no next run')
    expect((await mirrorfleet('project remove fedora --purge')).code).toBe(0)
    expect(JSON.parse((await mirrorfleet('project list --json')).stdout)).toEqual([])
  })

  it('follows a log and a run until they end, and says when one failed', async () => {
    await mirrorfleet(addLine('wrong'), { MIRRORFLEET_UPSTREAM_PASSWORD: 'not the password' })
    const failed = await mirrorfleet('sync wrong --wait')
    expect(failed.code).toBe(3)
    expect(failed.stdout).toContain('UPSTREAM_FAILED')
    const { stdout } = await mirrorfleet('runs wrong --json')
    const followed = await mirrorfleet(`log -f ${JSON.parse(stdout)[0].run}`)
    expect(followed).toMatchObject({ code: 0, stdout: expect.stringContaining('auth failed') })
    expect(failed.stdout + failed.stderr + followed.stdout).not.toContain('not the password')
  })

  it.each([
    ['a project that is not there', 'project show nothing', {}, 1, 'There is no project'],
    ['a wrong password', 'status', { MIRRORFLEET_PASSWORD: 'wrong' }, 1, 'MIRRORFLEET_USER and MIRRORFLEET_PASSWORD'],
    ['an option that is refused', 'project update x --options --rsh=sh', {}, 1, 'There is no project'],
    ['an unknown command', 'dance', {}, 2, 'unknown command'],
    ['a missing argument', 'sync', {}, 2, 'missing required argument'],
    ['nothing to change', 'project update fedora', {}, 2, 'Nothing to change'],
    ['missing options', 'project add x', {}, 2, '--host and --module are missing'],
    ['a port that is no number', 'project add x --port y --host h --module m --dest d', {}, 2, '--port'],
    ['no master', 'status', { MIRRORFLEET_URL: 'http://127.0.0.1:12001' }, 4, 'Is the master running'],
    ['no log-in and nobody to ask', 'status', { MIRRORFLEET_USER: 'x', MIRRORFLEET_PASSWORD: '' }, 1, 'password'],
  ])('says what to do about %s', async (_name, line, env, code, text) => {
    const done = await mirrorfleet(line, env)
    expect([done.code, done.stderr]).toEqual([code, expect.stringContaining(text)])
  })

  it('stays logged in by a token of its own, in a file for the user alone', async () => {
    const env = { XDG_CONFIG_HOME: temporaryFolder() }
    const login = await run(['--url', sample.fleet.api.url, 'login'], env)
    expect(login).toMatchObject({ code: 0, stdout: expect.stringContaining('Logged in') })
    const file = path.join(env.XDG_CONFIG_HOME, 'mirrorfleet', 'login.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toContain(SAMPLE_LOGIN.password)
    for (const more of [{}, { MIRRORFLEET_URL: sample.fleet.api.url }])
      expect(await runSaved(['user', 'list'], { ...env, ...more })).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('root'),
      })
    expect((await runSaved(['context', 'list'], env)).stdout).toMatch(/^\* +127\.0\.0\.1:\d+ +http:/m)
    const unknown = await runSaved(['--context', 'prod', 'status'], env)
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no context "prod"') })
    const tls = await run(['status'], { MIRRORFLEET_URL: sample.fleet.api.url.replace('http:', 'https:') })
    expect(tls).toMatchObject({ code: 4, stderr: expect.stringContaining('does not speak TLS') })
    const tokenSaved = (): string => JSON.parse(readFileSync(file, 'utf8')).logins[0].token
    const statusWith = async (token: string) =>
      (await fetch(`${sample.fleet.api.url}/list_projects/`, { headers: { authorization: `Bearer ${token}` } })).status
    const first = tokenSaved()
    expect(await statusWith(first)).toBe(200)
    await run(['--url', sample.fleet.api.url, 'login'], env)
    const second = tokenSaved()
    expect([await statusWith(first), await statusWith(second)]).toEqual([401, 200])
    expect(await run(['logout'], env)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Logged out of http:\S+\.$/m),
    })
    expect(await statusWith(second)).toBe(401)
    expect(() => statSync(file)).toThrow()
    await run(['--url', sample.fleet.api.url, '--context', 'here', 'login'], env)
    const third = tokenSaved()
    expect((await runSaved(['context', 'remove', 'here'], env)).stdout).toMatch(/^Removed here \(http:\S+\)\.$/m)
    expect(await statusWith(third)).toBe(401)
  })

  it('manages slaves, users and tokens', async () => {
    expect((await mirrorfleet('user add alice --role viewer', { MIRRORFLEET_NEW_PASSWORD: 'alice' })).code).toBe(0)
    expect((await mirrorfleet('user list')).stdout).toMatch(/^alice +viewer/m)
    const token = (
      await mirrorfleet('token create -q --ttl 60', { MIRRORFLEET_USER: 'alice', MIRRORFLEET_PASSWORD: 'alice' })
    ).stdout
    expect((await mirrorfleet('project list', { MIRRORFLEET_TOKEN: token.trim() })).code).toBe(0)
    expect((await mirrorfleet('user list', { MIRRORFLEET_TOKEN: token.trim() })).code).toBe(1)
    expect((await mirrorfleet('user remove alice')).code).toBe(0)
    const audit = await mirrorfleet('audit --by root --method create_api_user')
    expect(audit.stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +root +127\.0\.0\.1 +create api user +alice +role: viewer; password: changed$/m,
    )
    expect((await mirrorfleet('audit --project nothing')).stdout).toBe('No entries.\n')
    expect(await mirrorfleet('audit --limit many')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--limit'),
    })
    const added = await mirrorfleet('slave add elsewhere.example.org')
    expect(added.stdout).toContain('does not answer yet')
    const settings = await mirrorfleet('slave token elsewhere.example.org:7000')
    expect(settings.stdout).toMatch(/^SLAVE_ID=elsewhere\.example\.org:7000\nSLAVE_TOKEN=[\w-]{43}\n$/)
    expect(added.stdout).toContain(settings.stdout)
    expect((await mirrorfleet('slave token nobody:1')).stderr).toContain('There is no slave "nobody:1"')
    const listed = await mirrorfleet('slave list')
    expect(listed.stdout).toMatch(/^elsewhere.example.org:7000 +down +master/m)
    expect(listed.stdout).toMatch(/^elsewhere.example.org:7000 is on another machine/m)
    const doctor = await mirrorfleet('doctor')
    expect(doctor).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('fault   slave elsewhere.example.org:7000: '),
    })
    expect(doctor.stdout).toMatch(/^ok +master http:.* answers, version/m)
    expect((await mirrorfleet('notify test')).stderr).toContain('SMTP_URL')
    expect((await mirrorfleet('slave remove elsewhere.example.org:7000')).code).toBe(0)
    expect((await mirrorfleet('slave list')).stdout).not.toContain('elsewhere')
  })

  it('asks for the password without showing it, and draws bars, on a terminal', async () => {
    await mirrorfleet(addLine('drawn'), WITH_PASSWORD)
    // script(1) gives the command a terminal; what is typed comes after it has asked.
    const command = [
      process.execPath,
      ...programArguments('cli'),
      '--user',
      SAMPLE_LOGIN.username,
      'sync',
      'drawn',
      '--wait',
    ].join(' ')
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, HOME: sample.fleet.root, MIRRORFLEET_URL: sample.fleet.api.url, TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    await until('the question', () => output.includes('Password of root'))
    child.stdin.write(`${SAMPLE_LOGIN.password}\n`)
    await once(child, 'close')
    expect(output).toContain('Password of root')
    expect(output).toMatch(/master +█+.* 100% succeeded/)
    expect(output).toMatch(/localhost:\d+ +█+.* 100% succeeded/)
    expect(output).toMatch(/Source +Mode/)
    expect(output).not.toContain(SAMPLE_LOGIN.password)
    await mirrorfleet('project remove drawn --purge')
  })

  it('makes the fleet as a file says, once, and writes such a file', async () => {
    const file = path.join(temporaryFolder(), 'fleet.yaml')
    const write = (text: string) => writeFileSync(file, text)
    const fedora = (more: string) => `
slaves:
  - {hostname: below.example.org, port: 7000, upstream: "above.example.org:7000"}
  - {hostname: above.example.org, port: 7000}
projects:
  - project: applied
    rsync_host: rsync.example.org
    rsync_module: m/x
    rsync_password: {env: APPLIED_PASSWORD}
    dest: ${sample.fleet.destRoot}/
${more}`
    write(fedora('    schedule: {hour: "*/6", start_date: "tomorrow"}'))
    const missing = await mirrorfleet(`apply ${file}`)
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('APPLIED_PASSWORD is not set')])
    expect((await mirrorfleet('slave list')).stdout).not.toContain('above')
    const env = { APPLIED_PASSWORD: 'a secret of the upstream' }
    const planned = await mirrorfleet(`apply ${file} --dry-run`, env)
    expect(planned.stdout).toBe('+ slave above.example.org:7000\n+ slave below.example.org:7000\n+ project applied\n')
    const applied = await mirrorfleet(`apply ${file}`, env)
    expect(applied).toMatchObject({ code: 0, stdout: '3 changes made.\n' })
    expect(applied.stdout + applied.stderr).not.toContain('a secret of the upstream')
    expect((await mirrorfleet(`apply ${file}`, env)).stdout).toBe('Nothing to change.\n')

    write(fedora('    schedule: {hour: "*/12"}\n    delete_guard_percent: 10\n    enabled: false'))
    expect((await mirrorfleet(`apply ${file} --dry-run`, env)).stdout.trim().split('\n')).toEqual([
      '~ project applied: delete_guard_percent null -> 10',
      '~ project applied: schedule',
      '~ project applied: disabled',
    ])
    expect((await mirrorfleet(`apply ${file}`, env)).code).toBe(0)
    const exported = await mirrorfleet('export')
    expect(exported.stdout).toContain('env: MIRRORFLEET_APPLIED_PASSWORD')
    write(exported.stdout)
    expect((await mirrorfleet(`apply ${file}`, { MIRRORFLEET_APPLIED_PASSWORD: 'x' })).stdout).toBe(
      'Nothing to change.\n',
    )
    const way = {
      ...{ transport: 'ssh', rsync_user: 'rsync', rsync_port: 22, address: '192.0.2.7' },
      ...makeKeyFields(),
    }
    await sample.fleet.api.ask('/update_project/basic/', { id: 'applied', ...way })
    const over = await mirrorfleet('export')
    expect(over.stdout).toContain('ssh_key:\n      env: MIRRORFLEET_APPLIED_SSH_KEY')
    for (const line of ['transport: ssh', 'rsync_user: rsync', 'address: 192.0.2.7'])
      expect(over.stdout).toContain(line)
    expect(over.stdout).not.toContain('PRIVATE')
    write(over.stdout)
    const secrets = { MIRRORFLEET_APPLIED_PASSWORD: 'x', MIRRORFLEET_APPLIED_SSH_KEY: 'x' }
    expect((await mirrorfleet(`apply ${file}`, secrets)).stdout).toBe('Nothing to change.\n')
    write('slaves: []\nprojects: []')
    expect((await mirrorfleet(`apply ${file}`)).stdout).toBe('Nothing to change.\n')
    const pruned = await mirrorfleet(`apply ${file} --prune`)
    expect(pruned.code).toBe(0)
    expect((await mirrorfleet('--json project list')).stdout.trim()).toBe('[]')
    write('projects: [{project: x, sschedule: {}}]')
    expect(await mirrorfleet(`apply ${file}`)).toMatchObject({ code: 2, stderr: expect.stringContaining('projects.0') })
    await sample.fleet.api.ask('/add_slave/', { hostname: 'localhost', port: sample.fleet.slaves[0]?.port })
  })
})

function makeKeyFields() {
  const { key, known } = makeKey(temporaryFolder(), 'own')
  return { ssh_key: key, ssh_known_host: known }
}

// The mirrors of a tunasync worker as a fleet.

import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../cli/fleet-file.ts'
import { readTunasync } from '../../../cli/import/tunasync.ts'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import { checkOptions } from '../../../shared/rsync/options.ts'
import { SourceInput } from '../../../shared/schemas/source.ts'
import { importText } from './read.ts'

const importTunasync = (text: string, files: Record<string, string> = {}) => importText(readTunasync, text, { files })

const read = (mirror: string, global = '', files: Record<string, string> = {}) =>
  importTunasync(`[global]\n${global}\n[[mirrors]]\nname = "m"\n${mirror}`, files)
const SOURCE = 'provider = "rsync"\nupstream = "rsync://h.example.org/m/"\n'
const BASE = ['-aHv', '--no-owner', '--no-group', '--delay-updates']

describe("a tunasync worker's mirrors", () => {
  it('become projects, and what does not fit is told', () => {
    const { fleet, told } = importTunasync(`
[global]
mirror_dir = "/data/mirrors"
interval = 120
[[mirrors]]
name = "debian"
provider = "two-stage-rsync"
stage1_profile = "debian"
upstream = "rsync://ftp.debian.org/debian/"
interval = 100
username = "u"
password = "never in the file"
memory_limit = "256M"
`)
    expect(Value.Check(Fleet, fleet)).toBe(true)
    expect(fleet.projects).toEqual([
      {
        project: 'debian',
        rsync_host: 'ftp.debian.org',
        rsync_module: 'debian',
        rsync_user: 'u',
        rsync_password: { env: 'MIRRORFLEET_DEBIAN_PASSWORD' },
        rsync_options: { basic: [], defaults: BASE, delete: '--delete-after' },
        stages: 'debian',
        dest: '/data/mirrors',
        schedule: { minute: expect.stringMatching(/^\d+$/), hour: '*/2' },
      },
    ])
    expect(told).toEqual([
      'debian: password: the variable MIRRORFLEET_DEBIAN_PASSWORD must hold it when the file is applied',
      'debian: memory_limit = 256M: limits of memory are those of the unit of the master (MemoryMax=)',
      'debian: interval of 100 minutes: it runs every 120 minutes, at fixed times',
    ])
    expect(JSON.stringify([fleet, told])).not.toContain('never in the file')
  })

  it.each([
    [1, { minute: '*/5', hour: '*' }],
    [5, { minute: '*/5', hour: '*' }],
    [30, { minute: '*/30', hour: '*' }],
    [60, { minute: '49', hour: '*/1' }],
    [120, { minute: '49', hour: '*/2' }],
    [130, { minute: '49', hour: '*/2' }],
    [720, { minute: '49', hour: '*/12' }],
    [1_440, { minute: '49', hour: '3' }],
    [100_000, { minute: '49', hour: '3' }],
  ])('with an interval of %i minutes run at the nearest times that divide a day', (interval, schedule) => {
    const { project, told } = read(`${SOURCE}interval = ${interval}`)
    expect(project?.schedule).toEqual(schedule)
    expect(() => readSchedule(schedule, 0)).not.toThrow()
    expect(told).toHaveLength([5, 30, 60, 120, 720, 1_440].includes(interval) ? 0 : 1)
  })

  it("have the interval of all where they have none, or else tunasync's two hours", () => {
    expect(read(SOURCE, 'interval = 360').project?.schedule).toMatchObject({ hour: '*/6' })
    expect(read(SOURCE).project?.schedule).toMatchObject({ hour: '*/2' })
  })

  it.each([
    ['', '', '/srv/mirrors'],
    ['mirror_dir = "/data/mirrors"', '', '/data/mirrors'],
    ['mirror_dir = "/data/mirrors"', 'mirror_dir = "/other/m"', '/other'],
    ['mirror_dir = "/data/mirrors"', 'mirror_dir = "/other/m/"', '/other'],
    ['mirror_dir = "/data/mirrors"', 'mirror_subdir = "linux"', '/data/mirrors/linux'],
  ])('in a worker of %j, with %j of their own, lie in %s', (global, mirror, dest) => {
    expect(read(`${SOURCE}${mirror}`, global).project?.dest).toBe(dest)
  })

  it.each([
    ['', [], '--delete-after'],
    ['use_ipv6 = true', ['-6'], '--delete-after'],
    ['use_ipv4 = true', ['-4'], '--delete-after'],
    ['rsync_options = ["--delete-excluded", "--exclude=*.iso"]', ['--exclude=*.iso'], '--delete-excluded'],
    ['rsync_options = ["--bwlimit", "5m", "-z"]', ['--bwlimit=5m', '-z'], '--delete-after'],
  ])('with %s add to the options of tunasync %j', (mirror, options, remove) => {
    const { project, told } = read(SOURCE + mirror)
    expect(project?.rsync_options).toEqual({ basic: [], defaults: [...BASE, ...options], delete: remove })
    expect(told).toEqual([])
  })

  it('have the options of all, then their own, or others in their place', () => {
    const global = 'rsync_options = ["--bwlimit=5m"]'
    const optionsOf = (mirror: string) => read(SOURCE + mirror, global).project?.rsync_options?.defaults
    expect(optionsOf('rsync_options = ["-z"]')).toEqual([...BASE, '--bwlimit=5m', '-z'])
    expect(optionsOf('rsync_override = ["-rlt"]')).toEqual(['-rlt', '--bwlimit=5m'])
    expect(optionsOf('rsync_override = ["-rlt"]\nrsync_override_only = true\nuse_ipv6 = true')).toEqual(['-rlt'])
    expect(read(`${SOURCE}rsync_override = ["-lt"]`)).toMatchObject({
      project: undefined,
      told: [expect.stringMatching(/without -a or -r/)],
    })
  })

  it('read what exclude_file names, where it is there', () => {
    const files = { '/etc/x': '/a\n# no\n*.iso\n' }
    expect(read(`${SOURCE}exclude_file = "/etc/x"`, '', files)).toMatchObject({
      project: { rsync_options: { defaults: [...BASE, '--exclude=/a', '--exclude=*.iso'] } },
      told: [expect.stringMatching(/^m: --exclude-from=\/etc\/x: its 2 patterns/)],
    })
    expect(read(`${SOURCE}exclude_file = "/etc/x"`).told).toEqual([
      expect.stringMatching(/the file cannot be read here/),
    ])
  })

  it('have limits: of time, of attempts, and of what exit codes mean', () => {
    const { project, told } = read(
      `${SOURCE}timeout = 3600\nretry = 3\nrsync_timeout = 90\nsuccess_exit_codes = [24, 25]`,
    )
    expect(project).toMatchObject({ timeout_s: 3600, retry_limit: 2, io_timeout_s: 90, tolerated_exit_codes: [24] })
    expect(told).toEqual([expect.stringMatching(/^m: exit codes 25 as success/)])
    expect(read(SOURCE, 'timeout = 60\nretry = 1').project).toMatchObject({ timeout_s: 60, retry_limit: 0 })
  })

  it('have the port, no password in the file, and no stages without a profile', () => {
    const { project, told } = read('upstream = "rsync://h.example.org:8730/m/sub//"\npassword = "hidden"')
    expect(project).toMatchObject({ rsync_host: 'h.example.org', rsync_port: 8730, rsync_module: 'm/sub' })
    expect(project).toMatchObject({ rsync_password: { env: 'MIRRORFLEET_M_PASSWORD' } })
    expect(told).toEqual([expect.stringMatching(/^m: password: the variable MIRRORFLEET_M_PASSWORD/)])
    expect(project?.stages).toBeUndefined()
    const old = read('provider = "two-stage-rsync"\nstage1_profile = "debian-oldstyle"\nupstream = "rsync://h/m/"')
    expect(old.project?.stages).toMatchObject({ first_pass_exclude: expect.arrayContaining(['Packages*', 'dep11/*']) })
    expect(read('provider = "two-stage-rsync"\nstage1_profile = "x"\nupstream = "rsync://h/m/"').told).toEqual([
      expect.stringMatching(/^m: stage1_profile = x/),
    ])
  })

  it('keep a folder of another name than the mirror', () => {
    const { project, told } = read(`${SOURCE}mirror_dir = "/other/files"`)
    expect([project, told]).toMatchObject([{ id: 'm', project: 'files', dest: '/other' }, []])
  })

  it.each([
    ['rsync://u@h.example.org/m/', { rsync_host: 'h.example.org', rsync_user: 'u' }],
    ['rsync://u:hidden@h.example.org:8730/m/', { rsync_host: 'h.example.org', rsync_user: 'u', rsync_port: 8730 }],
    ['rsync://[2001:db8::1]/m/', { rsync_host: '2001:db8::1' }],
    ['rsync://[2001:db8::1]:8730/m/', { rsync_host: '2001:db8::1', rsync_port: 8730 }],
  ])('at %s have its parts', (upstream, parts) => {
    const found = read(`upstream = "${upstream}"`)
    expect(found.project).toMatchObject({ rsync_module: 'm', ...parts })
    expect(JSON.stringify(found)).not.toContain('hidden')
  })

  it.each(['rsync://h_/../x', 'rsync://h:0/m', 'http://h/m', ''])('at %j are left, with the reason', (upstream) => {
    const { project, told } = read(`upstream = "${upstream}"`)
    expect(project).toBeUndefined()
    expect(told).toEqual([expect.stringMatching(/^m \(/)])
  })

  it('have only options that projects may have', () => {
    const { project, told } = read(`${SOURCE}rsync_options = ["--temp-dir=/x", "-4", "-hb"]`)
    expect(project?.rsync_options).toMatchObject({ defaults: [...BASE, '-4'] })
    expect(told).toEqual([
      'm: -h: it only changes what rsync shows',
      expect.stringMatching(/^m: --temp-dir=\/x: it names a local path/),
      expect.stringMatching(/^m: -b: it can harm a mirror/),
    ])
    expect(read(`${SOURCE}rsync_options = ["--rsh=sh"]`)).toMatchObject({ project: undefined })
  })

  it('have names that the master takes, each its own', () => {
    const { fleet } = importTunasync(
      ['a b', 'a/b', '-c'].map((name) => `[[mirrors]]\nname = "${name}"\nupstream = "rsync://h/m/"\n`).join(''),
    )
    expect(Value.Check(Fleet, fleet)).toBe(true)
    expect(fleet.projects?.map(({ id, project }) => id ?? project)).toEqual(['a-b', 'a-b-2', 'c'])
  })

  it('are none in an empty file', () => {
    expect(importTunasync('')).toMatchObject({ fleet: { projects: [] }, rows: [], told: [] })
  })
})

describe("a tunasync worker's mirrors that others hold", () => {
  it('take from them what they do not say, at any depth', () => {
    const { fleet, told } = importTunasync(`
[[mirrors]]
name = "above"
interval = 720
mirror_subdir = "linux"
use_ipv6 = true
  [[mirrors.mirrors]]
  name = "one"
  upstream = "rsync://h/one/"
  [[mirrors.mirrors]]
  name = "deeper"
  interval = 1440
    [[mirrors.mirrors.mirrors]]
    name = "two"
    upstream = "rsync://h/two/"
`)
    expect(fleet.projects).toMatchObject([
      { project: 'one', dest: '/srv/mirrors/linux', schedule: { hour: '*/12' } },
      { project: 'two', dest: '/srv/mirrors/linux', schedule: { hour: '3' } },
    ])
    expect(fleet.projects?.every(({ rsync_options }) => rsync_options?.defaults?.includes('-6'))).toBe(true)
    expect(told).toEqual([])
  })

  it('come from the files that the configuration includes', () => {
    const text = '[include]\ninclude_mirrors = "/etc/tunasync/*.conf"'
    const files = {
      '/etc/tunasync/a.conf': '[[mirrors]]\nname = "a"\nupstream = "rsync://h/a/"',
      '/etc/tunasync/b.conf': '[[mirrors]\nname',
    }
    const { fleet, told } = importTunasync(text, files)
    expect(fleet.projects).toMatchObject([{ project: 'a' }])
    expect(told).toEqual([expect.stringMatching(/^\/etc\/tunasync\/b\.conf \(/)])
    expect(importTunasync(text).told).toEqual([
      expect.stringMatching(/include_mirrors = .* \(no such file can be read here/),
    ])
  })
})

describe("a tunasync worker's mirrors that a command fills", () => {
  const command = (more: string) => read(`provider = "command"\nupstream = "https://pypi.example.org/"\n${more}`)

  it('run the same script, by way of the ready-made command', () => {
    const { project, told } = command(
      'command = "/scripts/pypi.sh --all \'a b\'"\ndocker_image = "x:latest"\n[mirrors.env]\nINIT = "0"\nAPI_TOKEN = "hidden"\nPATH = "/x"',
    )
    expect(project?.source).toEqual({
      kind: 'command',
      command: 'tunasync',
      args: ['pypi.sh', '--all', 'a b'],
      env: { INIT: '0' },
      secrets: { API_TOKEN: { env: 'MIRRORFLEET_M_API_TOKEN' } },
      upstream: 'https://pypi.example.org/',
    })
    expect(project).not.toHaveProperty('rsync_options')
    expect(told).toEqual([
      expect.stringMatching(
        /^m: command = .*: put \/scripts\/pypi\.sh and deploy\/commands\/tunasync into COMMANDS_DIR/,
      ),
      expect.stringMatching(/^m: env API_TOKEN: the variable MIRRORFLEET_M_API_TOKEN/),
      expect.stringMatching(/^m: env PATH: a command cannot/),
      expect.stringMatching(/^m: docker_image = x:latest: commands run in a sandbox/),
    ])
    expect(JSON.stringify([project, told])).not.toContain('hidden')
  })

  it('say after which exit codes a part may be missing, and never the log-in of an address', () => {
    expect(command('command = "x"\nsuccess_exit_codes = [3]').project?.source).toMatchObject({
      exit_codes: { tolerate: [3] },
    })
    const all = read(
      'provider = "command"\ncommand = "x"\nuse_ipv6 = true\nuse_ipv4 = false\npassword = "hidden"',
      'dangerous_global_success_exit_codes = [3, 4]',
    )
    expect(all.project?.source).toMatchObject({ exit_codes: { tolerate: [3, 4] } })
    expect(all.told.slice(1).map((line) => line.split(': ').slice(1, 3))).toEqual([
      ['use_ipv6', 'a command takes nothing from it'],
      ['password', 'a command takes nothing from it'],
    ])
    const secret = read('provider = "command"\nupstream = "https://u:hidden@h/"\ncommand = "x"')
    expect(secret.project?.source).not.toHaveProperty('upstream')
    expect(JSON.stringify(secret)).not.toContain('hidden')
  })

  it('are git repositories where the script is that of git', () => {
    const git = 'provider = "command"\nupstream = "https://git.example.org/x.git"\ncommand = "/home/scripts/git.sh"'
    expect(read(git)).toMatchObject({
      project: { source: { kind: 'git', url: 'https://git.example.org/x.git' } },
      told: [expect.stringMatching(/the master's own git/)],
    })
  })

  it.each(['', 'command = ""', 'command = "/scripts/ä b"'])(
    'are left without a command that can be named: %j',
    (more) => {
      expect(command(more)).toMatchObject({ project: undefined, told: [expect.stringMatching(/^m \(its? /)] })
    },
  )
})

describe('a worker of 88 mirrors of every kind', () => {
  const text = readFileSync(new URL('../../fixtures/tunasync/worker.conf', import.meta.url), 'utf8')
  const files = {
    '/etc/tunasync/excludes/fedora': '*-debug/\n',
    '/etc/tunasync/mirrors/more.conf': '[[mirrors]]\nname = "included"\nupstream = "rsync://h.example.org/included/"\n',
  }
  const { fleet, rows, told } = importTunasync(text, files)
  const names = [...text.matchAll(/^\s*name = "([^"]+)"/gm)].map(([, name = '']) => name)

  it('comes over, or is listed by name with the reason', () => {
    const holders = ['sample-worker', 'ubuntu-family', 'gnu-family']
    const mirrors = [...names.filter((name) => !holders.includes(name)), 'included']
    expect(mirrors).toHaveLength(88)
    const taken = rows.filter(({ result }) => result === 'taken').map(({ project }) => project)
    const left = rows.filter(({ project, result }) => project === '' && result === 'left').map(({ what }) => what)
    for (const name of mirrors) expect([...taken, ...left], name).toContain(name)
    expect(taken).toHaveLength(85)
    expect(mirrors.filter((name) => left.includes(name))).toEqual(['ftp-only', 'module-list', 'over-ssh'])
    expect(rows.every(({ result, why }) => result === 'taken' || why !== '')).toBe(true)
  })

  it('has only projects that the master takes', () => {
    expect(Value.Check(Fleet, fleet)).toBe(true)
    for (const { source, schedule, rsync_options } of fleet.projects ?? []) {
      if (source !== undefined) expect(Value.Check(SourceInput, withoutSecrets(source))).toBe(true)
      else expect(() => checkOptions({ basic: [], defaults: [], delete: '', ...rsync_options })).not.toThrow()
      expect(() => readSchedule(schedule ?? {}, 0)).not.toThrow()
    }
  })

  it('tells of every field that has no place', () => {
    for (const field of [
      'memory_limit',
      'docker_image',
      'docker_volumes',
      'exec_on_success',
      'size_pattern',
      'fail_on_match',
      'role',
      'snapshot_path',
      'log_dir',
      'rsync_no_timeout',
      '[manager]',
      '[cgroup]',
      '[docker]',
      'concurrent',
      'colour',
    ])
      expect(
        told.some((line) => line.includes(field)),
        field,
      ).toBe(true)
    expect(told.join('\n')).not.toContain('hidden')
  })
})

function withoutSecrets<S extends object>(source: S): object {
  return Object.fromEntries(Object.entries(source).filter(([field]) => field !== 'secrets'))
}

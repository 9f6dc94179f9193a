// The mirrors of a tunasync worker as a fleet.

import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../cli/fleet-file.ts'
import { readTunasync } from '../../../cli/import/tunasync.ts'
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
        interval_s: 6_000,
      },
    ])
    expect(told).toEqual([
      'debian: password: the variable MIRRORFLEET_DEBIAN_PASSWORD must hold it when the file is applied',
      'debian: memory_limit = 256M: limits of memory are those of the unit of the master (MemoryMax=)',
    ])
    expect(JSON.stringify([fleet, told])).not.toContain('never in the file')
  })

  it.each([
    [1, 60],
    [100, 6_000],
    [1_440, 86_400],
    [10_000_000, 31_536_000],
  ])('with an interval of %i minutes run %i seconds after the end of the last run', (interval, interval_s) => {
    const { project, told } = read(`${SOURCE}interval = ${interval}`)
    expect(project).toMatchObject({ interval_s })
    expect(project).not.toHaveProperty('schedule')
    expect(told).toEqual([])
  })

  it("have the interval of all where they have none, or else tunasync's two hours", () => {
    expect(read(SOURCE, 'interval = 360').project).toMatchObject({ interval_s: 21_600 })
    expect(read(SOURCE).project).toMatchObject({ interval_s: 7_200 })
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
      { project: 'one', dest: '/srv/mirrors/linux', interval_s: 43_200 },
      { project: 'two', dest: '/srv/mirrors/linux', interval_s: 86_400 },
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

// The mirrors of a tunasync worker as a fleet.

import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../cli/fleet-file.ts'
import { importTunasync } from '../../cli/import-tunasync.ts'
import { readSchedule } from '../../master/schedule/fire-times.ts'

describe("a tunasync worker's mirrors", () => {
  it('become projects, and what does not fit is told', () => {
    const { fleet, left } = importTunasync(`
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
[[mirrors]]
name = "pypi"
provider = "command"
upstream = "https://pypi.python.org/"
command = "/scripts/pypi.sh"
`)
    expect(Value.Check(Fleet, fleet)).toBe(true)
    expect(fleet.projects).toEqual([
      {
        project: 'debian',
        rsync_host: 'ftp.debian.org',
        rsync_module: 'debian',
        rsync_user: 'u',
        rsync_password: { env: 'MIRRORFLEET_DEBIAN_PASSWORD' },
        stages: 'debian',
        dest: '/data/mirrors',
        schedule: { minute: expect.stringMatching(/^\d+$/), hour: '*/2' },
      },
    ])
    expect(left).toEqual([
      'debian: the field memory_limit is not supported',
      'debian: the interval of 100 minutes was changed to 120 minutes',
      expect.stringContaining('pypi'),
    ])
    expect(JSON.stringify([fleet, left])).not.toContain('never in the file')
  })

  const read = (mirror: string, global = '') => {
    const { fleet, left } = importTunasync(`[global]\n${global}\n[[mirrors]]\nname = "m"\n${mirror}`)
    return { project: fleet.projects?.[0], left }
  }
  const SOURCE = 'provider = "rsync"\nupstream = "rsync://h.example.org/m/"\n'

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
    const { project, left } = read(`${SOURCE}interval = ${interval}`)
    expect(project?.schedule).toEqual(schedule)
    expect(() => readSchedule(schedule, 0)).not.toThrow()
    expect(left).toHaveLength([5, 30, 60, 120, 720, 1_440].includes(interval) ? 0 : 1)
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

  it('have the port, the options and no password in the file', () => {
    const upstream = 'upstream = "rsync://h.example.org:8730/m/sub//"\n'
    const { project, left } = read(`provider = "rsync"\n${upstream}rsync_options = ["-4"]\npassword = "hidden"`)
    expect(project).toMatchObject({
      rsync_host: 'h.example.org',
      rsync_port: 8730,
      rsync_module: 'm/sub',
      rsync_options: { basic: ['-4'] },
      rsync_password: { env: 'MIRRORFLEET_M_PASSWORD' },
    })
    expect(left).toEqual([])
    expect(project?.stages).toBeUndefined()
  })

  it('keep a folder of another name than the mirror', () => {
    const { project, left } = read(`${SOURCE}mirror_dir = "/other/files"`)
    expect([project, left]).toMatchObject([{ id: 'm', project: 'files', dest: '/other' }, []])
  })

  it.each([
    ['rsync://u@h.example.org/m', { rsync_host: 'h.example.org', rsync_user: 'u' }],
    ['rsync://u:hidden@h.example.org:8730/m', { rsync_host: 'h.example.org', rsync_user: 'u', rsync_port: 8730 }],
    ['rsync://[2001:db8::1]/m', { rsync_host: '2001:db8::1' }],
    ['rsync://[2001:db8::1]:8730/m', { rsync_host: '2001:db8::1', rsync_port: 8730 }],
  ])('at %s have its parts', (upstream, parts) => {
    const found = read(`upstream = "${upstream}"`)
    expect(found.project).toMatchObject({ rsync_module: 'm', ...parts })
    expect(JSON.stringify(found)).not.toContain('hidden')
  })

  it.each(['rsync://h_/../x', 'rsync://h:0/m', 'http://h/m', ''])('at %j are left, with the reason', (upstream) => {
    const { project, left } = read(`upstream = "${upstream}"`)
    expect(project).toBeUndefined()
    expect(left).toEqual([expect.stringMatching(/^m \(/)])
  })

  it('have only options that projects may have', () => {
    const { project, left } = read(`${SOURCE}rsync_options = ["--rsh=sh", "-4"]`)
    expect(project?.rsync_options).toEqual({ basic: ['-4'] })
    expect(left).toEqual([expect.stringMatching(/^m: --rsh=sh: .*refused/)])
  })

  it('have names that the master takes, each its own', () => {
    const { fleet } = importTunasync(
      ['a b', 'a/b', '-c'].map((name) => `[[mirrors]]\nname = "${name}"\nupstream = "rsync://h/m"\n`).join(''),
    )
    expect(Value.Check(Fleet, fleet)).toBe(true)
    expect(fleet.projects?.map(({ id, project }) => id ?? project)).toEqual(['a-b', 'a-b-2', 'c'])
  })

  it('are none in an empty file', () => {
    expect(importTunasync('')).toEqual({ fleet: { projects: [] }, left: [] })
  })
})

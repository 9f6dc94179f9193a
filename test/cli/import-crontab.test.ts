// A crontab as a fleet.

import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../cli/fleet-file.ts'
import { importCrontab } from '../../cli/import-crontab.ts'
import { readSchedule } from '../../master/schedule/fire-times.ts'

describe('a crontab', () => {
  it('becomes projects, and what does not fit is told', () => {
    const { fleet, left } = importCrontab(
      [
        'MAILTO=root',
        '# debian',
        '17 */6 * * * /usr/bin/rsync -avH --delete-after --exclude="*.iso" rsync://mirror@ftp.example.org:8730/debian/ /srv/ftp/debian/ >> /var/log/debian.log 2>&1',
        '30 4 * * 0 rsync -rlt --delete -e ssh archive.example.org::fedora/linux /srv/ftp/fedora',
        '@daily rsync -a --password-file=/etc/secret host.example.org::cpan /srv/ftp/cpan/',
        '0 5 * * * /usr/local/bin/rotate-logs',
        '0 6 * * * rsync -a user@host:/home/ /srv/home',
      ].join('\n'),
      false,
    )
    expect(Value.Check(Fleet, fleet)).toBe(true)
    expect(fleet.projects).toEqual([
      {
        project: 'debian',
        rsync_host: 'ftp.example.org',
        rsync_port: 8730,
        rsync_user: 'mirror',
        rsync_module: 'debian',
        dest: '/srv/ftp',
        rsync_options: { basic: [], defaults: ['-avH', '--exclude=*.iso'], delete: '--delete-after' },
        schedule: { minute: '17', hour: '*/6' },
      },
      expect.objectContaining({
        project: 'cpan',
        rsync_options: { basic: [], defaults: ['-a'], delete: '' },
        schedule: { minute: '0', hour: '0' },
      }),
    ])
    expect(left.join('\n')).toMatch(/debian: what follows the rsync command: >>/)
    expect(left.join('\n')).toMatch(/archive.example.org.*does not have exactly one source and one destination/)
    expect(left.join('\n')).toMatch(/cpan: --password-file=\/etc\/secret: .*refused/)
    expect(left.join('\n')).toMatch(/rotate-logs \(it does not run rsync\)/)
    expect(left.join('\n')).toMatch(/user@host:\/home\/.*not an rsync daemon/)
  })

  it('names weekdays, for which cron and Mirrorfleet count from different days', () => {
    const { fleet } = importCrontab('0 4 * * 1-5 ftp rsync -a h.example.org::m/x /srv/x', true)
    expect(fleet.projects?.[0]?.schedule).toEqual({ minute: '0', hour: '4', day_of_week: 'mon-fri' })
  })
})

describe('a line of a crontab', () => {
  const read = (line: string, hasUserField = false) => {
    const { fleet, left } = importCrontab(line, hasUserField)
    return { project: fleet.projects?.[0], left }
  }

  it.each([
    ['@hourly', { minute: '0', hour: '*' }],
    ['@daily', { minute: '0', hour: '0' }],
    ['@midnight', { minute: '0', hour: '0' }],
    ['@weekly', { minute: '0', hour: '0', day_of_week: 'sun' }],
    ['@monthly', { minute: '0', hour: '0', day: '1' }],
    ['@yearly', { minute: '0', hour: '0', day: '1', month: '1' }],
    ['@Annually', { minute: '0', hour: '0', day: '1', month: '1' }],
    ['*/15 * * * *', { minute: '*/15', hour: '*' }],
    ['0 4 * 1,7 *', { minute: '0', hour: '4', month: '1,7' }],
    ['0 4 * * 0', { minute: '0', hour: '4', day_of_week: 'sun' }],
    ['0 4 * * 7', { minute: '0', hour: '4', day_of_week: 'sun' }],
    ['0 4 * * 5-7', { minute: '0', hour: '4', day_of_week: 'fri-sun' }],
    ['0 4 * * 0,6', { minute: '0', hour: '4', day_of_week: 'sun,sat' }],
    ['0 4 * * 1-5', { minute: '0', hour: '4', day_of_week: 'mon-fri' }],
    ['0 4 * * 0-3', { minute: '0', hour: '4', day_of_week: 'sun,mon,tue,wed' }],
    ['0 4 * * Sun-Tue', { minute: '0', hour: '4', day_of_week: 'sun,mon,tue' }],
    ['0 4 * * sat-sun', { minute: '0', hour: '4', day_of_week: 'sat,sun' }],
    ['0 4 * * 0-6', { minute: '0', hour: '4' }],
    ['0 4 * * 1-7', { minute: '0', hour: '4' }],
    ['0 4 * * */2', { minute: '0', hour: '4', day_of_week: 'sun,tue,thu,sat' }],
    ['0 4 * * 1-5/2', { minute: '0', hour: '4', day_of_week: 'mon,wed,fri' }],
    ['0 4 * * 1,3-5', { minute: '0', hour: '4', day_of_week: 'mon,wed-fri' }],
    ['0 4 * * tue', { minute: '0', hour: '4', day_of_week: 'tue' }],
  ])('at %s has a schedule that the master takes, and that means the same', (at, schedule) => {
    const { project, left } = read(`${at} rsync -a h.example.org::m /srv/m`)
    expect([project?.schedule, left]).toEqual([schedule, []])
    expect(() => readSchedule(schedule, 0)).not.toThrow()
  })

  it('of a day and a weekday is told to mean something else', () => {
    expect(read('0 4 1 * 1 rsync -a h::m /srv/m').left).toEqual([expect.stringMatching(/^m: .*weekday/)])
  })

  it.each([
    ['@reboot rsync -a h::m /srv/m'],
    ['0 4 * * * rsync -a /local/m /srv/m'],
    ['0 4 * * * rsync -a host:m /srv/m'],
    ['0 4 * * * rsync -a h::m'],
    ['0 4 * * * rsync -a h::m relative/m'],
    ['0 4 * * * rsync -a h::m g::m /srv/m'],
    ['0 4 * * * /usr/bin/rsync-backup h::m /srv/m'],
    ['0 4 * *'],
    ['0 4 * * 8 rsync -a h::m /srv/m'],
    ['0 4 * * 5-2 rsync -a h::m /srv/m'],
    ['0 4 * * day rsync -a h::m /srv/m'],
    ['0 4 * * * rsync -a h::m /srv/../m'],
    ['0 4 * * * rsync -a h::m /srv/a:b/m'],
    ['0 4 * * * rsync -a h::m/*.iso /srv/m'],
    ['0 4 * * * rsync -a -x@h::m /srv/m'],
    ['0 4 * * * rsync -a rsync://h:99999/m /srv/m'],
    ['0 4 * * * rsync -a rsync://300.1.1.1/m /srv/m'],
  ])('such as %j is left, whole, with the reason', (line) => {
    const { project, left } = read(line)
    expect(project).toBeUndefined()
    expect(left).toHaveLength(1)
    expect(left[0]?.startsWith(`${line} (`)).toBe(true)
  })

  it.each([
    ['h.example.org::m', { rsync_host: 'h.example.org', rsync_module: 'm' }],
    ['u@h.example.org::m/sub/', { rsync_host: 'h.example.org', rsync_module: 'm/sub', rsync_user: 'u' }],
    ['rsync://h.example.org/m/', { rsync_host: 'h.example.org', rsync_module: 'm' }],
    [
      'rsync://u@h.example.org:8730/m',
      { rsync_host: 'h.example.org', rsync_module: 'm', rsync_port: 8730, rsync_user: 'u' },
    ],
    ['rsync://[2001:db8::1]:8730/m', { rsync_host: '2001:db8::1', rsync_module: 'm', rsync_port: 8730 }],
  ])('from %s has its parts', (source, parts) => {
    expect(read(`0 4 * * * rsync -a ${source} /srv/x`).project).toEqual({
      ...parts,
      project: 'x',
      dest: '/srv',
      rsync_options: { basic: [], defaults: ['-a'], delete: '' },
      schedule: { minute: '0', hour: '4' },
    })
  })

  it.each([
    ['/srv/ftp/debian', '/srv/ftp', 'debian'],
    ['/srv/ftp/debian/', '/srv/ftp', 'debian'],
    ['/debian', '/', 'debian'],
    ['"/srv/with space/a b"', '/srv/with space', 'a-b'],
    ['/srv/ftp/.hidden', '/srv/ftp', 'hidden'],
    [`/srv/ftp/${'x'.repeat(70)}`, '/srv/ftp', 'x'.repeat(64)],
  ])('to %s is a project in %s named %s', (destination, dest, name) => {
    const { project, left } = read(`0 4 * * * rsync -a h::m ${destination}`)
    expect(project).toMatchObject({ dest, project: name })
    expect(Value.Check(Fleet, { projects: [project] })).toBe(true)
    const isKept = destination.replace(/\/$/, '').endsWith(`/${name}`)
    expect(left).toEqual(isKept ? [] : [expect.stringContaining(`${name}: its folder was named `)])
  })

  it.each(['--delete', '--del', '--delete-before', '--delete-delay', '--delete-excluded'])(
    'with %s deletes so',
    (remove) => {
      expect(read(`0 4 * * * rsync -a ${remove} h::m /srv/m`).project?.rsync_options).toEqual({
        basic: [],
        defaults: ['-a'],
        delete: remove,
      })
    },
  )

  it.each([
    ['--delete --delete-excluded', '--delete-excluded'],
    ['--delete-excluded --delete-after', '--delete-excluded'],
    ['--delete --delete-after', '--delete-after'],
  ])('with %s deletes as both say', (several, remove) => {
    expect(read(`0 4 * * * rsync -a ${several} h::m /srv/m`)).toMatchObject({
      project: { rsync_options: { delete: remove } },
      left: [],
    })
  })

  it('tells of each option why it is refused, wherever recursion is named', () => {
    for (const options of ['-r -e ssh', '--rsh=ssh -av', '-v --rsh=ssh -r'])
      expect(read(`0 4 * * * rsync ${options.replace('-e ssh', '--rsh=ssh')} h::m /srv/m`).left).toEqual([
        expect.stringMatching(/^m: --rsh=ssh: .*refused/),
      ])
  })

  it('has a user before the command in a system crontab alone', () => {
    expect(read('0 4 * * * ftp rsync -a h::m /srv/m', true).project?.project).toBe('m')
    expect(read('0 4 * * * ftp rsync -a h::m /srv/m', false).project?.project).toBe('m')
  })

  it('that sets a variable, comments or is empty is no line at all', () => {
    for (const line of ['', '  ', '# rsync -a h::m /srv/m', 'MAILTO=root', 'PATH = /bin'])
      expect(read(line).left).toEqual([])
  })

  it('of the same folder name gets a name of its own', () => {
    const { fleet, left } = importCrontab('0 4 * * * rsync -a h::m /a/m\n0 5 * * * rsync -a g::m /b/m', false)
    expect(fleet.projects?.map(({ project }) => project)).toEqual(['m', 'm-2'])
    expect(left).toEqual(['m-2: its folder was named m'])
  })
})

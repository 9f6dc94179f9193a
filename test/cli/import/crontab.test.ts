// A crontab as a fleet.

import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../cli/fleet-file.ts'
import { readCrontab } from '../../../cli/import/crontab.ts'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import { importText } from './read.ts'

type More = Parameters<typeof importText>[2]
const importCrontab = (text: string, more?: More) => importText(readCrontab, text, more)

describe('a crontab', () => {
  it('becomes projects, and what does not fit is told', () => {
    const { fleet, told } = importCrontab(
      [
        'MAILTO=root',
        '# debian',
        '17 */6 * * * /usr/bin/rsync -avH --delete-after --exclude="*.iso" rsync://mirror@ftp.example.org:8730/debian/ /srv/ftp/debian/ >> /var/log/debian.log 2>&1',
        '30 4 * * 0 rsync -rlt --delete -e ssh archive.example.org::fedora/linux /srv/ftp/fedora',
        '@daily rsync -a --password-file=/etc/secret host.example.org::cpan /srv/ftp/cpan/',
        '0 5 * * * /usr/local/bin/rotate-logs',
        '0 6 * * * rsync -a user@host:/home/ /srv/home',
      ].join('\n'),
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
        rsync_password: { env: 'MIRRORFLEET_CPAN_PASSWORD' },
        schedule: { minute: '0', hour: '0' },
      }),
    ])
    expect(told).toEqual([
      'MAILTO=root (MAIL_TO of the master says who is told of failures)',
      'debian: >> /var/log/debian.log: `mirrorfleet log` shows what rsync wrote, run by run',
      expect.stringMatching(/^30 4 .*fedora \(it connects through another program \(-e ssh\)\)$/),
      'cpan: password: the variable MIRRORFLEET_CPAN_PASSWORD must hold it when the file is applied',
      'cpan: rsync_user: rsync logged in as the user who ran it; add that name to the file',
      '0 5 * * * /usr/local/bin/rotate-logs (it does not run rsync)',
      expect.stringMatching(/^0 6 .*user@host:\/home\/.*\(its source is not an rsync daemon\)$/),
    ])
  })

  it('names weekdays, for which cron and Mirrorfleet count from different days', () => {
    const { fleet } = importCrontab('0 4 * * 1-5 ftp rsync -a h.example.org::m/x/ /srv/x', { userField: true })
    expect(fleet.projects?.[0]?.schedule).toEqual({ minute: '0', hour: '4', day_of_week: 'mon-fri' })
  })
})

describe('a line of a crontab', () => {
  const read = (line: string, more?: More) => importCrontab(line, more)

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
    ['0 4 * * 5-2', { minute: '0', hour: '4', day_of_week: 'fri,sat,sun,mon,tue' }],
    ['0 4 * * sat-mon', { minute: '0', hour: '4', day_of_week: 'sat,sun,mon' }],
    ['*/60 * * * *', { minute: '0', hour: '*' }],
    ['0 */24 * * *', { minute: '0', hour: '0' }],
    ['0-59 * * * *', { minute: '*', hour: '*' }],
    ['5/20 * * * *', { minute: '5-59/20', hour: '*' }],
    ['50/20 * * * *', { minute: '50', hour: '*' }],
    ['10-20/15 * * * *', { minute: '10', hour: '*' }],
    ['0 22-4 * * *', { minute: '0', hour: '22,23,0,1,2,3,4' }],
    ['0 22-4/2 * * *', { minute: '0', hour: '22,0,2,4' }],
    ['0 8-18/2,23 * * *', { minute: '0', hour: '8-18/2,23' }],
    ['0 4 */2 * *', { minute: '0', hour: '4', day: '*/2' }],
    ['0 4 */2 * 1', { minute: '0', hour: '4', day: '*/2', day_of_week: 'mon' }],
    ['0 4 1 jan-MAR *', { minute: '0', hour: '4', day: '1', month: 'jan-MAR' }],
    ['0 4 * 11-2 *', { minute: '0', hour: '4', month: '11,12,1,2' }],
  ])('at %s has a schedule that the master takes, and that means the same', (at, schedule) => {
    const { project, told } = read(`${at} rsync -a h.example.org::m /srv/m`)
    expect([project?.schedule, told]).toEqual([schedule, []])
    expect(() => readSchedule(schedule, 0)).not.toThrow()
  })

  it('of a day and a weekday has no schedule, since a schedule would mean something else', () => {
    const { project, told } = read('0 4 1 * 1 rsync -a h::m /srv/m')
    expect(project).toBeDefined()
    expect(project).not.toHaveProperty('schedule')
    expect(told).toEqual([
      expect.stringMatching(/^m: schedule 0 4 1 \* 1: cron runs when the day or the weekday matches/),
    ])
  })

  it('is in the zone that the crontab names, or else in that of the machine', () => {
    const line = '0 4 * * * rsync -a h::m /srv/m'
    expect(read(line).project?.schedule).toEqual({ minute: '0', hour: '4' })
    expect(read(line, { timezone: 'Europe/Paris' })).toMatchObject({
      project: { schedule: { minute: '0', hour: '4', timezone: 'Europe/Paris' } },
      told: [expect.stringMatching(/^m: time zone: .*Europe\/Paris, that of this machine/)],
    })
    const zoneOf = (lines: string[]) => read([...lines, line].join('\n'), { timezone: 'Europe/Paris' })
    expect(zoneOf(['CRON_TZ=America/New_York', 'TZ=Asia/Tokyo'])).toMatchObject({
      project: { schedule: { timezone: 'America/New_York' } },
      told: [],
    })
    expect(zoneOf(['TZ="Asia/Tokyo"'])).toMatchObject({
      project: { schedule: { timezone: 'Asia/Tokyo' } },
      told: [expect.stringMatching(/^TZ=Asia\/Tokyo/)],
    })
    expect(zoneOf(['CRON_TZ=UTC']).project?.schedule).toEqual({ minute: '0', hour: '4' })
    expect(zoneOf(['TZ=CET-1CEST']).told[0]).toMatch(/^TZ=CET-1CEST \(it is not the name of a time zone/)
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
    ['0 4 32 * * rsync -a h::m /srv/m'],
    ['0 24 * * * rsync -a h::m /srv/m'],
    ['0~30 4 * * * rsync -a h::m /srv/m'],
    ['*/0 4 * * * rsync -a h::m /srv/m'],
    ['0 4 * * * rsync -aR h::m/a/b /srv'],
    ['0 4 * * * rsync -an h::m /srv/m'],
    ['0 4 * * * rsync -av --files-from=/x h::m /srv/m'],
    ['0 4 * * * rsync --list-only h::m /srv/m'],
    ['0 4 * * * rsync -a --rsh=ssh h::m /srv/m'],
    ['0 4 * * * rsync -a h::m /srv/$NAME'],
    ['0 4 * * * rsync -a h::m $(cat /etc/where)'],
    ['0 4 * * * rsync -a h::m ~/m'],
    ['0 4 * * * rsync -lt h::m /srv/m'],
    ['0 4 * * * ssh other rsync -a h::m /srv/m'],
    ['0 4 * * * ftp rsync -a h::m /srv/m'],
    ['0 4 * * * docker exec x sh -c "rsync -a h::m /srv/m"'],
    ['0 4 * * * rsync --constructor h::m'],
    ['0 4 * * day rsync -a h::m /srv/m'],
    ['0 4 * * * rsync -a h::m /srv/../m'],
    ['0 4 * * * rsync -a h::m /srv/a:b/m'],
    ['0 4 * * * rsync -a h::m/*.iso /srv/m'],
    ['0 4 * * * rsync -a -x@h::m /srv/m'],
    ['0 4 * * * rsync -a rsync://h:99999/m /srv/m'],
    ['0 4 * * * rsync -a rsync://300.1.1.1/m /srv/m'],
  ])('such as %j is left, whole, with the reason', (line) => {
    const { project, told } = read(line)
    expect(project).toBeUndefined()
    expect(told).toHaveLength(1)
    expect(told[0]?.startsWith(`${line} (`)).toBe(true)
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
    const { project, told } = read(`0 4 * * * rsync -a h::m ${destination}`)
    expect(project).toMatchObject({ dest, project: name })
    expect(Value.Check(Fleet, { projects: [project] })).toBe(true)
    const isKept = destination.replace(/\/$/, '').endsWith(`/${name}`)
    const renamed = [expect.stringMatching(/: folder .*: it is named .* now/), expect.stringMatching(/: name /)]
    expect(told).toEqual(isKept ? [] : renamed)
  })

  it.each([
    ['h::m/x /srv/ftp', '/srv/ftp', 'x'],
    ['h::m/x/ /srv/ftp', '/srv', 'ftp'],
    ['h::m/x/. /srv/ftp', '/srv', 'ftp'],
    ['h::m /srv/ftp', '/srv', 'ftp'],
    ['h::m/ /srv/ftp', '/srv', 'ftp'],
    ['rsync://h:874/m /srv/ftp', '/srv', 'ftp'],
    ['rsync://u@h/m/a/b /srv/ftp/', '/srv/ftp', 'b'],
  ])(
    'from a folder with or without a slash at its end, %s, fills the folder that rsync fills',
    (places, dest, project) => {
      expect(read(`0 4 * * * rsync -a ${places}`).project).toMatchObject({ dest, project })
    },
  )
})

import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../cli/fleet-file.ts'
import { importCrontab } from '../../cli/import-crontab.ts'
import { importTunasync } from '../../cli/import-tunasync.ts'

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
})

// What else a crontab's lines run beside rsync, and how they run it.

import { describe, expect, it } from 'vitest'
import { readCrontab } from '../../../cli/import/crontab.ts'
import { importText } from './read.ts'

type More = Parameters<typeof importText>[2]
const importCrontab = (text: string, more?: More) => importText(readCrontab, text, more)

describe('a line of a crontab', () => {
  const read = (line: string, more?: More) => importCrontab(line, more)

  it.each([
    ['flock -n /run/lock/m rsync -a h::m /srv/m', ['flock -n /run/lock/m']],
    ['flock /run/m -c "rsync -a h::m /srv/m"', ['flock /run/m']],
    ['/usr/bin/nice -n 19 ionice -c3 /usr/bin/rsync -a h::m /srv/m', ['/usr/bin/nice -n 19', 'ionice -c3']],
    [`sh -c 'cd /; rsync -a h::m "/srv/m"' >/dev/null 2>&1`, ['cd /']],
    ['sudo -u ftp rsync -a h::m /srv/m', ['sudo -u ftp']],
    ['test -d /srv/m && rsync -a h::m /srv/m && touch /srv/done', ['test -d /srv/m', 'touch /srv/done']],
    ['rsync -a h::m /srv/m 2>&1 | logger -t x', ['logger -t x']],
    ['rsync -a h::m /srv/m > /var/log/m.log 2>/dev/null # nightly', ['> /var/log/m.log']],
    ['LC_ALL=C rsync -a h::m /srv/m', ['LC_ALL=C']],
    ['S=h::m; rsync -a "$S" /srv/m', []],
    ['pgrep -x rsync >/dev/null || rsync -a h::m /srv/m', ['pgrep -x rsync >/dev/null']],
    ['if true; then nice rsync -a h::m /srv/m; fi', ['nice', 'if true', 'fi']],
    ['rsync -a --exclude=10\\% h::m /srv/m%input', []],
  ])('as %s is that rsync, and tells what is around it', (command, around) => {
    const { project, told } = read(`0 4 * * * ${command}`)
    expect(project).toMatchObject({ project: 'm', rsync_host: 'h', rsync_module: 'm', dest: '/srv' })
    expect(told.map((line) => line.split(': ')[1])).toEqual(around)
  })

  it('with a limit of time has it as a field', () => {
    expect(read('0 4 * * * timeout -k 9 6h rsync -a --timeout 60 h::m /srv/m').project).toMatchObject({
      timeout_s: 21_600,
      io_timeout_s: 60,
    })
  })

  it.each([
    [`RSYNC_PASSWORD='a b/c' rsync -a u@h::m /srv/m`],
    ['rsync -a --password-file /etc/secret u@h::m /srv/m'],
    ['rsync -a rsync://u:hidden@h/m/ /srv/m'],
    ['export RSYNC_PASSWORD=hidden; rsync -a u@h::m /srv/m'],
    ['rsync -a u@h::m /srv/m', 'RSYNC_PASSWORD=hidden'],
  ])('with a password, %s, has the name of a variable in its place', (command, before = '') => {
    const found = importCrontab(`${before}\n0 4 * * * ${command}`)
    expect(found.fleet.projects).toMatchObject([{ rsync_user: 'u', rsync_password: { env: 'MIRRORFLEET_M_PASSWORD' } }])
    expect(JSON.stringify(found)).not.toMatch(/hidden|a b|etc\/secret/)
  })

  it.each([
    ['RSYNC_PROXY=proxy.example.org:3128 rsync -a h::m /srv/m'],
    ['rsync -a h::m /srv/m', 'RSYNC_PROXY=proxy.example.org:3128'],
  ])('with a proxy, %s, has it as a field', (command, before = '') => {
    const found = importCrontab(`${before}\n0 4 * * * ${command}`)
    expect(found.fleet.projects).toMatchObject([{ proxy: 'proxy.example.org:3128' }])
  })

  it('never shows a secret, even of a line that is left', () => {
    const lines = [
      'RSYNC_PASSWORD=hidden rsync -an h::m /srv',
      'x --api-token=hidden',
      'rsync u:hidden@h:x rsync://u:hidden@h/',
    ]
    expect(JSON.stringify(importCrontab(lines.map((line) => `0 4 * * * ${line}`).join('\n')).rows)).not.toMatch(
      /(=|\/u:)hidden/,
    )
  })

  it('logs in as who runs it, where a system crontab says who', () => {
    const line = '0 4 * * * ftp rsync -a --password-file=/x h::m /srv/m'
    expect(read(line, { userField: true })).toMatchObject({ project: { project: 'm', rsync_user: 'ftp' } })
    expect(read('0 4 * * * ftp rsync -a h::m /srv/m', { userField: true }).project).not.toHaveProperty('rsync_user')
  })

  it('that comments or is empty is no line at all, and variables are only read', () => {
    for (const line of ['', '  ', '# rsync -a h::m /srv/m', 'PATH = /bin', 'MAILTO=""'])
      expect(read(line).told).toEqual([])
  })

  it('runs each rsync of it, but not two into one folder, or into one that holds the other', () => {
    const { fleet, told } = importCrontab(
      '0 4 * * * rsync -a h::m /a/m && rsync -a --delete h::m /a/m/; rsync -a g::n /a/n\n0 9 * * * rsync -a h::m /a/m',
    )
    expect(fleet.projects?.map(({ project }) => project)).toEqual(['m', 'n'])
    // The last pass deletes.
    expect(fleet.projects?.[0]?.rsync_options?.delete).toBe('--delete')
    expect(told).toEqual([
      expect.stringMatching(/^0 4 .*\(a later rsync of the line fills the same folder; `stages`/),
      expect.stringMatching(/^0 9 .*\(m fills the same folder; a project has one schedule/),
    ])
    expect(importCrontab('0 4 * * * rsync -a h::m /a/m; rsync -a h::n /a/m/n').told).toEqual([
      expect.stringMatching(/\(its folder \/a\/m\/n overlaps that of m, \/a\/m\)$/),
    ])
  })

  it('of the same folder name gets a name of its own', () => {
    const { fleet, rows, told } = importCrontab('0 4 * * * rsync -a h::m /a/m\n0 5 * * * rsync -a g::m /b/m')
    expect(fleet.projects?.map(({ project }) => project)).toEqual(['m', 'm-2'])
    expect(told).toEqual([
      expect.stringMatching(/^m-2: folder m: it is named m-2 now/),
      expect.stringMatching(/^m-2: name m/),
    ])
    expect(rows.at(-1)).toMatchObject({ what: 'folders below /', result: 'changed' })
  })
})

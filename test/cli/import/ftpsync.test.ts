// An ftpsync.conf as a project.

import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../cli/fleet-file.ts'
import { readFtpsync } from '../../../cli/import/ftpsync.ts'
import { createLeftOut } from '../../../master/stages/verify/left-out.ts'
import { importText } from './read.ts'

const read = (text: string) => importText(readFtpsync, text)
const HOST = 'RSYNC_HOST=ftp.example.org\n'

describe('an ftpsync.conf', () => {
  it('becomes a project of two passes, with the options of ftpsync', () => {
    const { fleet, told } = read(HOST)
    expect(Value.Check(Fleet, fleet)).toBe(true)
    expect(fleet.projects).toEqual([
      {
        project: 'debian',
        rsync_host: 'ftp.example.org',
        rsync_module: 'debian',
        rsync_options: {
          basic: [],
          defaults: ['-prltvHS', '--safe-links', '--chmod=D755,F644', '--max-delete=40000', '--delay-updates'],
          delete: '--delete-excluded',
        },
        stages: 'debian',
        wait_for: ['Archive-Update-in-Progress-*'],
        trace: { style: 'debian' },
        dest: '/srv/mirrors',
      },
    ])
    expect(told).toEqual([expect.stringMatching(/^debian: schedule: ftpsync.conf says no times/)])
  })

  it('comes over with all that it says, and tells of the rest by name', () => {
    const { fleet, told } = read(`
# the name
MIRRORNAME=\`hostname -f\`
TO="/srv/ftp/debian-security/"
LOGNAME=mirror
MAILTO="$LOGNAME"
HUB=true
export RSYNC_HOST="security.example.org"   # upstream
RSYNC_PATH="security/debian-security"
RSYNC_USER=me
RSYNC_PASSWORD='hid den'
RSYNC_BW=5000
EXCLUDE="--exclude=/project/ --exclude=*.iso"
RSYNC_OPTIONS="-prltvHSB8192 --timeout 3600 --stats --no-human-readable --no-inc-recursive"
RSYNC_OPTIONS2="--max-delete=100
  --delay-updates --delete --delete-after"
HOOK1="touch /tmp/x"
INFO_COUNTRY=DE
RSYNC_PROXY=proxy.example.org:3128
UIPSLEEP=1200
SPONSORED=yes
EMPTY=""
if [ -f /etc/x ]; then . /etc/x; fi
`)
    expect(fleet.projects).toMatchObject([
      {
        project: 'debian-security',
        dest: '/srv/ftp',
        rsync_host: 'security.example.org',
        rsync_module: 'security/debian-security',
        rsync_user: 'me',
        proxy: 'proxy.example.org:3128',
        rsync_password: { env: 'MIRRORFLEET_DEBIAN_SECURITY_PASSWORD' },
        io_timeout_s: 3600,
        rsync_options: {
          defaults: [
            ...['--bwlimit=5000', '-prltvHS', '--exclude=/project/', '--exclude=*.iso', '--max-delete=100'],
            '--delay-updates',
          ],
          delete: '--delete-after',
        },
      },
    ])
    const names = told.map((line) => line.split(': ')[1])
    for (const name of ['MIRRORNAME', 'MAILTO', 'HUB', 'HOOK1', 'INFO_COUNTRY', 'UIPSLEEP', 'SPONSORED', 'schedule'])
      expect(names).toContain(name)
    expect(names).toContain('if [ -f /etc/x ]; then . /etc/x; fi')
    expect(names).not.toContain('EMPTY')
    expect(JSON.stringify([fleet, told])).not.toContain('hid den')
  })

  it.each<[string, string[], string[]]>([
    [
      'ARCH_EXCLUDE="armel source"',
      ['x_armel.deb', 'x.dsc', 'd/binary-armel/Packages'],
      ['x_amd64.deb', 'x_all.deb', 'd/binary-amd64/Packages'],
    ],
    [
      'ARCH_INCLUDE="amd64 source"',
      ['x_armel.deb', 'd/Contents-armel.gz'],
      ['x_amd64.deb', 'x_all.udeb', 'x.dsc', 'd/Contents-amd64.gz', 'd/InRelease'],
    ],
    [
      'ARCH_INCLUDE=amd64',
      ['x.dsc', 'd/source/Sources.xz', 'x_arm64.udeb'],
      ['x_amd64.deb', 'd/binary-all/Packages', 'd/i18n/Translation-en.xz'],
    ],
  ])('with %s leaves out %j and takes %j', (line, out, kept) => {
    const { project, told } = read(`${HOST}${line}`)
    const isLeftOut = createLeftOut({
      layout: 'debian',
      rsync_options: { basic: [], defaults: [], delete: '', ...project?.rsync_options },
    })
    for (const name of out) expect(isLeftOut(`pool/${name}`, 1), name).toBe(true)
    for (const name of kept) expect(isLeftOut(`pool/${name}`, 1), name).toBe(false)
    expect(told.join()).toMatch(/filters among the rsync options say it/)
  })

  it('of many architectures has its options in two lists, and is disabled when there are too many', () => {
    const all = 'amd64 arm64 armel armhf i386 mips64el mipsel ppc64el riscv64 s390x'.split(' ')
    const { project } = read(`${HOST}ARCH_EXCLUDE="${all.join(' ')}"`)
    expect([project?.rsync_options?.defaults?.length, project?.enabled]).toEqual([64, undefined])
    const many = read(`${HOST}ARCH_EXCLUDE="${Array.from({ length: 30 }, (_, index) => `a${index}`).join(' ')}"`)
    expect(many.project).toMatchObject({ enabled: false })
    expect(many.told.join()).toMatch(/a project takes 128 options; the project is disabled/)
  })

  it.each([
    ['TO=/srv/x', /RSYNC_HOST does not name its upstream/],
    [`${HOST}RSYNC_TRANSPORT=ssh`, /it connects by ssh/],
    [`${HOST}RSYNC_OPTIONS="-lt"`, /without -a or -r/],
    [`${HOST}RSYNC_EXTRA="-e ssh"`, /it connects through another program/],
    [`${HOST}TO=relative/debian`, /not an absolute path/],
  ])('such as %j is left, with the reason', (text, why) => {
    const { fleet, told } = read(text)
    expect(fleet.projects).toEqual([])
    expect(told[0]).toMatch(why)
  })
})

it('tells of a proxy with a log-in, which no project has, without showing it', () => {
  const { project, told } = read(`${HOST}RSYNC_PROXY=me:hidden@proxy.example.org:3128`)
  expect(project?.proxy).toBeUndefined()
  expect(told.join()).toContain('a proxy is host:port, without a log-in')
  expect(told.join()).not.toContain('hidden')
})

it('goes over TLS where it did, to the port of ftpsync', () => {
  expect(read(`${HOST}RSYNC_TRANSPORT=ssl`).project).toMatchObject({ transport: 'tls', rsync_port: 1873 })
  expect(read(`${HOST}RSYNC_TRANSPORT=ssl\nRSYNC_SSL_PORT=874`).project).toMatchObject({ rsync_port: 874 })
})

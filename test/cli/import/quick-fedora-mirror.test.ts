// A quick-fedora-mirror.conf as projects.

import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../cli/fleet-file.ts'
import { readQuickFedoraMirror } from '../../../cli/import/quick-fedora-mirror.ts'
import { importText } from './read.ts'

const read = (text: string) => importText(readQuickFedoraMirror, text)
const NAMES = /^[^:(]+/

describe('a quick-fedora-mirror.conf', () => {
  it('becomes a project for each module, which goes by the lists of files', () => {
    const { fleet, told } = read('DESTD=/srv/mirror/pub\nTIMEFILE=/var/lib/x\n')
    expect(Value.Check(Fleet, fleet)).toBe(true)
    expect(fleet.projects).toEqual(
      ['fedora', 'epel'].map((project) => ({
        project,
        rsync_host: 'dl.fedoraproject.org',
        rsync_module: `fedora-buffet/${project}`,
        rsync_options: { basic: [], defaults: ['-aSH', '--preallocate', '--delay-updates'], delete: '--delete' },
        layout: 'fedora',
        by_index: true,
        dest: '/srv/mirror/pub',
      })),
    )
    expect(told.map((line) => line.split(' (')[0])).toEqual(['TIMEFILE', 'schedule', 'hard links between modules'])
  })

  it('comes over with all that it says, and tells of the rest by name', () => {
    const { fleet, told } = read(`
DESTD="/srv/pub"
REMOTE=rsync://mirror@tier1.example.org
MASTERMODULE=fedora-all
MODULES=(
  fedora-alt   # the rest
  fedora-other
  fedora-lost
)
typeset -A MODULEMAPPING
MODULEMAPPING=([fedora-other]=other [fedora-alt]=alternative)
RSYNC_PASSWORD=hidden
RSYNCOPTS=(-aSH -f 'R .~tmp~' --stats --preallocate --out-format='@ %i  %n%L' --address 192.0.2.1)
RSYNCTIMEOUT=900
MAXRETRIES=12
MAXDELETE=4000
CHECKIN_SITE=x
FILTEREXP='(/i386/|\\.iso$)'
NEWTHING=1
`)
    const shared = {
      rsync_host: 'tier1.example.org',
      rsync_user: 'mirror',
      io_timeout_s: 900,
      address: '192.0.2.1',
      retry_limit: 12,
      rsync_options: {
        defaults: ['-aSH', '--filter=R .~tmp~', '--preallocate', '--max-delete=4000'],
        delete: '--delete',
      },
      enabled: false,
    }
    expect(fleet.projects).toMatchObject([
      {
        ...shared,
        project: 'alternative',
        rsync_module: 'fedora-all/alternative',
        rsync_password: { env: 'MIRRORFLEET_ALTERNATIVE_PASSWORD' },
      },
      { ...shared, project: 'other', rsync_module: 'fedora-all/other' },
    ])
    expect(told.map((line) => line.replace(/ \(.*/, '').replace(/^(\S+: [^:]+).*/, '$1'))).toEqual([
      ...['typeset -A MODULEMAPPING', 'CHECKIN_SITE', 'NEWTHING', 'schedule', 'hard links between modules'],
      ...['alternative', 'other'].flatMap((id) => [
        `${id}: password`,
        ...['--stats', '--out-format=@ %i  %n%L', 'FILTEREXP='].map((what) =>
          expect.stringContaining(`${id}: ${what}`),
        ),
      ]),
      'fedora-lost',
    ])
    expect(JSON.stringify([fleet, told])).not.toContain('hidden')
  })

  it('takes the mapping of zsh too, and is left without a folder', () => {
    expect(read('DESTD=/x\nMODULES=(m)\nMODULEMAPPING=(m its-folder)').project).toMatchObject({ project: 'its-folder' })
    expect(read('MODULES=(fedora-epel)').told.find((line) => NAMES.test(line) && line.includes('DESTD'))).toMatch(
      /^fedora-epel \(DESTD/,
    )
  })
})

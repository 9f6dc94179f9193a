// A mirror.list of apt-mirror as a project.

import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../cli/fleet-file.ts'
import { readAptMirror } from '../../../cli/import/apt-mirror.ts'
import { SourceInput } from '../../../shared/schemas/source.ts'
import { importText } from './read.ts'

const read = (text: string) => importText(readAptMirror, text)

describe('a mirror.list', () => {
  it('becomes a project that the ready-made command fills, and every line is told', () => {
    const { fleet, told } = read(`############# config
set base_path    /srv/apt
set mirror_path  $base_path/mirror
set nthreads     20
set run_postmirror 0
set proxy_password hidden

deb http://deb.example.org/debian bookworm main
deb-arm64 http://deb.example.org/debian bookworm main
deb-src http://u:hidden@deb.example.org/debian bookworm main
clean http://deb.example.org/debian
`)
    expect(Value.Check(Fleet, fleet)).toBe(true)
    expect(fleet.projects).toEqual([
      {
        id: 'apt-mirror',
        project: 'mirror',
        source: { kind: 'command', command: 'apt-mirror', args: ['mirror.list'] },
        dest: '/srv/apt',
      },
    ])
    expect(Value.Check(SourceInput, fleet.projects?.[0]?.source)).toBe(true)
    expect(told.map((line) => line.split(': ')[1])).toEqual([
      ...[
        'mirror.list',
        'tree',
        'schedule',
        'set base_path /srv/apt',
        'set mirror_path $base_path/mirror',
        'set nthreads 20',
      ],
      ...[
        'set run_postmirror',
        'set proxy_password',
        'deb http://deb.example.org/debian bookworm main',
        'deb-arm64 http://deb.example.org/debian bookworm main',
        'deb-src http://u:***@deb.example.org/debian bookworm main',
        'clean http://deb.example.org/debian',
      ],
    ])
    expect(JSON.stringify([fleet, told])).not.toContain('hidden')
  })

  it('has the folder of apt-mirror where it names none', () => {
    expect(read('deb http://h/debian x main').project).toMatchObject({
      dest: '/var/spool/apt-mirror',
      project: 'mirror',
    })
  })

  it.each(['', '# none', 'set nthreads 5', 'deb http://h x main\n[mirrors]'])('is %j not', (text) => {
    expect(() => read(text)).toThrow(/names no repository|is not one of a mirror.list/)
  })
})

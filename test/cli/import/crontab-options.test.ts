// The rsync options of a crontab's lines as those of projects.

import { describe, expect, it } from 'vitest'
import { readCrontab } from '../../../cli/import/crontab.ts'
import { importText } from './read.ts'

type More = Parameters<typeof importText>[2]
const importCrontab = (text: string, more?: More) => importText(readCrontab, text, more)

describe('a line of a crontab', () => {
  const read = (line: string, more?: More) => importCrontab(line, more)

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
      told: [],
    })
  })

  it.each([
    ['-avh', ['-av'], ['-h']],
    ['-avzP --stats', ['-avz'], ['-P', '--stats']],
    ['-h -a', ['-a'], ['-h']],
    ['-avbL', ['-av'], ['-b', '-L']],
    ['-aT /tmp --temp-dir=/x', ['-a'], ['--temp-dir=/tmp', '--temp-dir=/x']],
    ['-a --log-file /x --backup-dir /y', ['-a'], ['--log-file=/x', '--backup-dir=/y']],
    ['-a --exclude x --include=y --bwlimit 5m', ['-a', '--exclude=x', '--include=y', '--bwlimit=5m'], []],
    [`-a --exclude='a b' -f "- c d"`, ['-a', '--exclude=a b', '--exclude=c d'], []],
    ['-a --exclude=a\\ b', ['-a', '--exclude=a b'], []],
    ['-a -z --no-z', ['-a', '-z'], ['--no-compress']],
    ['-v --inplace -r', ['-v', '-r'], ['--inplace']],
  ])('with %s has the options %j, and tells of %j', (options, kept, left) => {
    const { project, told } = read(`0 4 * * * rsync ${options} h::m /srv/m`)
    expect(project?.rsync_options?.defaults).toEqual(kept)
    expect(told.map((line) => line.split(': ')[1])).toEqual(left)
  })

  it('reads what an exclude-from names, where it can', () => {
    const line = '0 4 * * * rsync -a --exclude-from=/etc/x h::m /srv/m'
    expect(read(line, { files: { '/etc/x': '# all\n*.iso\n\n; b\n+ /keep\n' } })).toMatchObject({
      project: { rsync_options: { defaults: ['-a', '--exclude=*.iso', '--exclude=+ /keep'] } },
      told: [expect.stringMatching(/^m: --exclude-from=\/etc\/x: its 2 patterns/)],
    })
    // It would take more, and delete what the excludes have kept.
    expect(read(line)).toMatchObject({
      project: { enabled: false },
      told: [expect.stringMatching(/the file cannot be read here.*the project is disabled/)],
    })
    expect(read('0 4 * * * rsync -aC h::m /srv/m').project).toMatchObject({ enabled: false })
    expect(read('0 4 * * * rsync -ab h::m /srv/m').project).not.toHaveProperty('enabled')
    const many = { '/etc/x': Array.from({ length: 101 }, (_, index) => `${index}\n`).join('') }
    expect(read(line, { files: many }).told).toEqual([expect.stringMatching(/it has 101 patterns/)])
  })
})

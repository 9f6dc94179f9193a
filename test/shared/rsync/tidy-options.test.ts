// rsync's options as operators write them.

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takesValue } from '../../../shared/rsync/option-table.ts'
import { checkOptions } from '../../../shared/rsync/options.ts'
import { showNote, tidyOptions } from '../../../shared/rsync/tidy-options.ts'

const tidy = (...basic: string[]) => tidyOptions({ basic, defaults: [], delete: '' })
const shell = (text: string): string[] =>
  [...text.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ''))
const dropped = (found: ReturnType<typeof tidy>) => found.notes.map(({ option }) => option)

describe('options as operators write them', () => {
  it.each([
    ['AlmaLinux', "-avSH -f 'R .~tmp~' --delay-updates", ['-avSH', '--filter=R .~tmp~', '--delay-updates'], []],
    [
      'USTC',
      '--exclude .~tmp~/ --bwlimit 0 --max-delete 4000 -pPrltvH --partial-dir=.rsync-partial --timeout 14400 --safe-links --delay-updates --sparse --block-size 8192 -4',
      [
        '--exclude=.~tmp~/',
        '--bwlimit=0',
        '--max-delete=4000',
        '-prltvH',
        '--safe-links',
        '--delay-updates',
        '--sparse',
        '-4',
      ],
      ['-P', '--partial-dir=.rsync-partial', '--timeout 14400', '--block-size 8192'],
    ],
    [
      'tunasync',
      "-aHvh --no-o --no-g --stats --filter 'risk .~tmp~/' --exclude .~tmp~/ --delay-updates --safe-links --timeout=120",
      [
        '-aHv',
        '--no-owner',
        '--no-group',
        '--filter=risk .~tmp~/',
        '--exclude=.~tmp~/',
        '--delay-updates',
        '--safe-links',
      ],
      ['-h', '--stats', '--timeout=120'],
    ],
    [
      'ftpsync',
      '-prltvHSB8192 --timeout 3600 --stats --no-human-readable --no-inc-recursive',
      ['-prltvHS'],
      ['-B 8192', '--timeout 3600', '--stats', '--no-human-readable', '--no-inc-recursive'],
    ],
    [
      'Arch',
      '-rlptH --safe-links --delay-updates --timeout=600 --contimeout=60 --no-motd -h -v --progress',
      ['-rlptH', '--safe-links', '--delay-updates', '--contimeout=60', '--no-motd', '-v'],
      ['--timeout=600', '-h', '--progress'],
    ],
    ['nanoseconds', '-a --modify-window=-1', ['-a', '--modify-window=-1'], []],
    ['excludes deleted', '-a', ['-a'], []],
    [
      'quick-fedora-mirror',
      '-aSH --no-human-readable --fuzzy --preallocate',
      ['-aSH', '--fuzzy', '--preallocate'],
      ['--no-human-readable'],
    ],
    ['twice fuzzy', '-a -yy', ['-a', '-y'], ['-y']],
    ['an old protocol', '-a --protocol=30', ['-a'], ['--protocol=30']],
    ['openSUSE', '-aHlpAX --numeric-ids --hard-links', ['-aHlpAX', '--numeric-ids'], ['--hard-links']],
    ['CPAN', '-av --fuzzy --chmod=D755,F644', ['-av', '--fuzzy', '--chmod=D755,F644'], []],
  ])('such as those of %s are taken', (_name, text, kept, left) => {
    const found = tidy(...shell(text))
    expect(found.options.basic).toEqual(kept)
    expect(dropped(found)).toEqual(left)
    expect(checkOptions(found.options).words).toEqual(kept.filter((word) => !word.startsWith('--max-delete')))
    // What is taken means nothing new to rsync.
    expect(() => execFileSync('rsync', [...kept, '--version'], { stdio: 'pipe' })).not.toThrow()
  })

  it('have a time-out as a field, the last of several, but not on the way to slaves', () => {
    expect(tidy('-a', '--timeout=10', '--timeout', '20').ioTimeoutS).toBe(20)
    expect(tidy('-a', '--timeout=0')).toMatchObject({ ioTimeoutS: null, options: { basic: ['-a', '--timeout=0'] } })
    const options = { basic: ['-a', '--timeout=10'], defaults: [], delete: '' }
    expect(tidyOptions(options, 'fan_out')).toEqual({ options, notes: [], ioTimeoutS: null })
  })

  it('are given once, whichever part they stand in; two values are for the check to refuse', () => {
    expect(tidyOptions({ basic: ['-Hz', '--compress'], defaults: ['-avH'], delete: '--delete' })).toEqual({
      options: { basic: ['-z'], defaults: ['-avH'], delete: '--delete' },
      notes: [
        { option: '-H', why: 'it is given twice' },
        { option: '--compress', why: 'it is given twice' },
      ],
      ioTimeoutS: null,
    })
    expect(tidy('-a', '--exclude=b', '--include=c', '--exclude=b').options.basic).toEqual([
      ...['-a', '--exclude=b', '--include=c', '--exclude=b'],
    ])
    expect(() => checkOptions(tidy('-a', '--bwlimit=1', '--bwlimit=2').options)).toThrow(/already/)
  })

  it.each([
    ["-f '- *.iso'", ['--exclude=*.iso']],
    ["--filter='include x'", ['--include=x']],
    ["-af'exclude x'", ['-a', '--exclude=x']],
    ["-f '- - x'", ['--filter=- - x']],
    ["-f '- !'", ['--filter=- !']],
    ["-f 'merge /etc/passwd'", ['--filter=merge /etc/passwd']],
    ["-f'. /etc/passwd'", ['--filter=. /etc/passwd']],
    ["--exclude '-h'", ['--exclude=-h']],
    ['-@ -1', ['--modify-window=-1']],
    ['--info progress2 -z', ['-z']],
    ['-- -h', ['--', '-h']],
    ['--partial-dir=/tmp', ['--partial-dir=/tmp']],
    ["-e 'sh -c x'", ['-e sh -c x']],
    ['-archive', ['-archive']],
    ['--constructor --toString', ['--constructor', '--toString']],
  ])('%s is read as rsync reads it', (text, kept) => expect(tidy(...shell(text)).options.basic).toEqual(kept))

  it('say in a sentence what became of them', () => {
    expect(tidy('-ah').notes.map(showNote)).toEqual(['-h was left out: it only changes what rsync shows.'])
  })

  it('let nothing through that was refused, unless it only shows or stands twice', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '--rsh=sh',
        '-e',
        'sh',
        '-ah',
        '--',
        '--filter',
        '. /etc/passwd',
        '--info',
        '-B',
        '-T/x',
        '-f',
        '-h',
      ),
      fc.string().map((one) => `--${one}`),
      fc.string().map((one) => `-${one}`),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (basic) => {
        const { options, notes } = tidyOptions({ basic, defaults: ['-a'], delete: '' })
        let words: string[]
        try {
          words = checkOptions(options).words
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_RSYNC_OPTION' })
          return
        }
        if (notes.length > 0) return
        // What needed no note was accepted before, but for the spelling of -f and -@.
        for (const word of words) expect(word).toMatch(/^-/)
        if (!basic.some((one) => /^-[^-]*[f@]|^--filter/.test(one)))
          expect(checkOptions({ basic, defaults: ['-a'], delete: '' }).words).toEqual(words)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('an option that takes a value', () => {
  it('is known as such, so that the value is never read as an option or a place', () => {
    const help = execFileSync('rsync', ['--help'], { encoding: 'utf8' })
    const listed = [...help.matchAll(/^\s*--([a-z-]+)(=?)/gm)].map(([, name = '', equals]) => ({
      name,
      takes: equals === '=',
    }))
    expect(listed.length).toBeGreaterThan(100)
    for (const { name, takes } of listed) expect(takesValue(name), name).toBe(takes)
  })
})

import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACCEPTED, DELETE_OPTIONS, LETTERS } from '../../../shared/rsync/option-table.ts'
import { checkOptions, decidesByDestination, splitOptions, withoutDeciding } from '../../../shared/rsync/options.ts'

const check = (basic: unknown[], defaults: unknown[] = ['-a'], deletes = '') =>
  checkOptions({ basic: basic as string[], defaults: defaults as string[], delete: deletes })
const words = (basic: unknown[], defaults?: unknown[], deletes?: string): string[] =>
  check(basic, defaults, deletes).words

const SAMPLES: Record<string, string> = {
  count: '5',
  window: '-1',
  timeout: '60',
  size: '1000',
  pattern: '*.iso',
  checksum: 'md5',
  compression: 'zlib',
  chmod: 'Dug=rwx,F644',
  owner: 'nobody:nogroup',
  map: '0-99:nobody,*:daemon',
  rule: 'risk .~tmp~/',
  charset: 'UTF-8,ISO-8859-1',
  suffixes: 'gz/jpg/mp[34]',
}

describe('checkOptions', () => {
  it('keeps the order: defaults, basic', () => {
    expect(words(['--bwlimit=10m', '-z', '--exclude=b', '--exclude=a'], ['-avH'], '--delete')).toEqual([
      '-avH',
      '--bwlimit=10m',
      '-z',
      '--exclude=b',
      '--exclude=a',
    ])
  })

  it('writes separate values attached', () => {
    expect(words(['--exclude', '-e sh', '--bwlimit', '500'])).toEqual(['-a', '--exclude=-e sh', '--bwlimit=500'])
  })

  it('accepts nothing that the installed rsync does not know', () => {
    const long = [...ACCEPTED].map(([name, shape]) => (shape === 'flag' ? `--${name}` : `--${name}=${SAMPLES[shape]}`))
    const short = Object.keys(LETTERS).map((letter) => `-${letter}`)
    // -D has a long form of its own only as --no-D.
    for (const option of [...long, ...short, ...[...DELETE_OPTIONS].map((name) => `--${name}`)]) {
      const run = () => execFileSync('rsync', [option, '--version'], { stdio: 'pipe' })
      expect(run, option).not.toThrow()
    }
    for (const option of [...long, ...short].filter((one) => !['-a', '--archive'].includes(one))) {
      expect(() => words([option]), option).not.toThrow()
    }
  })

  it.each([
    ['-e'],
    ['-essh'],
    ['-avHe./x'],
    ['-archive'],
    ['--rsh=sh'],
    ['--rsync-path=/bin/sh'],
    ['-M--x'],
    ['--remote-option=x'],
    ['--password-file=/etc/shadow'],
    ['--files-from=/etc/passwd'],
    ['--filter=merge /etc/passwd'],
    ['--filter=. /etc/passwd'],
    ['--filter=.,/etc/passwd'],
    ['--filter=: .rules'],
    ['--filter=dir-merge .rules'],
    ['--filter=!'],
    ['--filter=clear'],
    ['--filter=P,C x'],
    ['--filter=H_/etc'],
    ['--filter=- x'],
    ['--filter=risk '],
    ['-f. /etc/passwd'],
    ['-C'],
    ['--exclude-from=/etc/passwd'],
    ['--log-file=/etc/cron.d/x'],
    ['--temp-dir=/tmp'],
    ['-T/tmp'],
    ['--link-dest=/'],
    ['--backup-dir=/'],
    ['--write-batch=x'],
    ['--read-batch=x'],
    ['--daemon'],
    ['--config=x'],
    ['--server'],
    ['--sender'],
    ['--copy-as=root'],
    ['--address=1.2.3.4'],
    ['--port=1'],
    ['--protocol=29'],
    ['--sockopts=x'],
    ['--inplace'],
    ['--append'],
    ['-L'],
    ['-k'],
    ['-K'],
    ['--copy-unsafe-links'],
    ['--copy-devices'],
    ['--write-devices'],
    ['--super'],
    ['-b'],
    ['-R'],
    ['-d'],
    ['--remove-source-files'],
    ['--ignore-errors'],
    ['--force'],
    ['--no-timeout'],
    ['-q'],
    ['--info=all'],
    ['--out-format=%n'],
    ['-i'],
    ['-P'],
    ['--progress'],
    ['-h'],
    ['-8'],
    ['-n'],
    ['--dry-run'],
    ['--list-only'],
    ['--stats'],
    ['--help'],
    ['--version'],
    ['--stop-after=1'],
    ['--stop-at=1'],
    ['--no-recursive'],
    ['--no-r'],
    ['--delete'],
    ['--del'],
    ['--max-alloc=1'],
    ['--mkpath'],
    ['--unknown'],
    ['--constructor'],
    ['--arch'],
    ['--rs='],
    ['--archive=yes'],
    ['--timeout=0'],
    ['--timeout=-5'],
    ['--timeout='],
    ['--bwlimit=fast'],
    ['--chmod=u+s'],
    ['--chmod=4755'],
    ['--exclude=!'],
    ['--exclude='],
    ['--exclude'],
    [''],
    ['-'],
    ['--'],
    ['/etc'],
    ['host::module'],
    ['-a\n'],
    ['--exclude=a\0b'],
    ['-z z'],
    ['--old-args'],
    ['--trust-sender'],
    ['-s'],
    ['--iconv=a/b'],
    ['--checksum-choice=none'],
    ['--checksum-choice=md5,none'],
    ['--checksum-choice=sum'],
    ['--compress-choice=brotli'],
    ['--usermap=*:root;id'],
    ['-vv'],
  ])('refuses %j, naming the part', (option) => {
    expect(() => words([option])).toThrow(
      expect.objectContaining({ code: 'INVALID_RSYNC_OPTION', field: 'rsync_options.basic' }),
    )
  })

  it.each([[5], [null], [{}], [['-a']], [undefined]])('refuses %j, which is no string', (option) => {
    expect(() => words([option])).toThrow(/must be a string/)
  })

  it('refuses an option that stands twice, in whatever form', () => {
    expect(() => words(['-z', '--compress'])).toThrow(/--compress is refused: it already stands in "basic"/)
    expect(() => words(['--links'], ['-al'])).toThrow(/already stands in "defaults"/)
    expect(() => words([], ['-a', '--bwlimit=1', '--bwlimit=2'])).toThrow(/already/)
  })

  it('wants recursion: without it rsync mirrors empty folders and is content', () => {
    expect(() => words([], [])).toThrow(/-a or -r/)
    expect(words(['-rlt'], [])).toEqual(['-rlt'])
  })

  it.each([
    ['--delete-before', 'missing'],
    ['--delete-after', 'missing'],
    ['--del', 'missing'],
    ['--delete-excluded', 'excluded'],
    ['', 'none'],
  ])('takes %j as delete: %s', (option, deletes) => {
    expect(check(['--max-delete=7'], ['-a'], option)).toEqual({ words: ['-a'], deletes, maxDelete: 7 })
  })

  it.each(['--force', '-n', 'delete', '--delete --force', '--delete=x'])('refuses %j as delete', (option) => {
    expect(() => words([], ['-a'], option)).toThrow(expect.objectContaining({ field: 'rsync_options.delete' }))
  })

  it('never lets through what it was not made for, whatever the text', () => {
    const known = new Set([...ACCEPTED.keys()])
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((text) => `--${text}`),
            fc.string().map((text) => `-${text}`),
          ),
          { maxLength: 4 },
        ),
        (items) => {
          let found: string[]
          try {
            found = words(items, ['-a'])
          } catch (error) {
            expect(error).toMatchObject({ code: 'INVALID_RSYNC_OPTION' })
            return
          }
          for (const word of found) {
            const name = /^--([A-Za-z0-9-]+)(=|$)/.exec(word)?.[1]
            expect(name === undefined ? /^-[A-Za-z0-9]+$/.test(word) : known.has(name), word).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('splitOptions', () => {
  it.each([
    ['-avH', ['-avH']],
    ['  -avH\t--bwlimit=1m  ', ['-avH', '--bwlimit=1m']],
    ['', []],
    [' ', []],
  ])('of %j is %j', (text, expected) => {
    expect(splitOptions(text)).toEqual(expected)
  })
})

describe('options that decide by what stands at the destination', () => {
  it.each([
    [['-a'], ['-a']],
    [['-au'], ['-a']],
    [['-u', '-a'], ['-a']],
    [['-a', '--update', '--existing', '--ignore-existing'], ['-a']],
    [
      ['-a', '--exclude=u', '--fuzzy'],
      ['-a', '--exclude=u', '--fuzzy'],
    ],
  ])('such as among %j leave %j', (given, left) => {
    expect(withoutDeciding(given)).toEqual(left)
    expect(decidesByDestination({ basic: [], defaults: given, delete: '' })).toBe(given.join() !== left.join())
  })
})

import { describe, expect, it } from 'vitest'
import { buildPullArgv, type Pull } from '../../../shared/rsync/argv.ts'

const SOURCE = { user: null, host: 'rsync.example.org', port: 873, path: 'module/folder' }
const options = (basic: string[] = [], remove = '--delete', defaults = ['-aH']) => ({ basic, defaults, delete: remove })
const argv = (more: Partial<Pull> = {}) =>
  buildPullArgv({
    source: SOURCE,
    options: options(),
    destination: '/srv/mirror',
    deletes: 'as_options',
    keepPartials: false,
    ioTimeoutS: 600,
    timeoutS: 86_400,
    ...more,
  })
/** Those of the words that begin so, in their order. */
const found = (words: readonly string[], ...beginnings: string[]) =>
  words.filter((word) => beginnings.some((beginning) => word.startsWith(beginning)))

describe('the arguments of a pull', () => {
  it("are the project's options, then ours, then the two ends", () => {
    expect(argv({ options: options(['--bwlimit=1m', '--exclude=*.iso']) })).toEqual([
      '--filter=H .~tmp~',
      '--filter=R .~tmp~',
      '--filter=H .rsync-partial',
      '--filter=R .rsync-partial',
      '-aH',
      '--bwlimit=1m',
      '--exclude=*.iso',
      '--safe-links',
      '--no-devices',
      '--no-specials',
      '--chmod=Du+rwx,Fu+r,ug-s',
      '--delete-after',
      '--timeout=600',
      '--info=progress2,stats2,flist1,name0',
      '--no-human-readable',
      '--outbuf=L',
      '--no-motd',
      '--out-format=#%i\t%l\t%b\t%n\t%L',
      '--sockopts=TCP_NODELAY',
      '--',
      'rsync://rsync.example.org:873/module/folder/',
      '/srv/mirror/',
    ])
  })

  it('end with a folder that has one slash at its end', () => {
    expect(argv({ destination: '/srv/mirror/' }).at(-1)).toBe('/srv/mirror/')
  })

  it('refuse a folder that depends on where they are read', () => {
    expect(() => argv({ destination: 'mirror' })).toThrow('mirror')
  })

  it('refuse options and sources that are not allowed, whoever let them in', () => {
    expect(() => argv({ options: options(['--rsync-path=sh']) })).toThrow(
      expect.objectContaining({ code: 'INVALID_RSYNC_OPTION' }),
    )
    expect(() => argv({ source: { ...SOURCE, host: '-e' } })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    )
  })

  it('tell what would change, without changing it, when the pull is dry', () => {
    expect(argv({ dryRun: true })).toContain('--dry-run')
    expect(argv()).not.toContain('--dry-run')
  })

  it('ask where links lead, unless the pull does without', () => {
    expect(found(argv(), '--out-format')).toEqual(['--out-format=#%i\t%l\t%b\t%n\t%L'])
    expect(found(argv({ withoutTargets: true }), '--out-format')).toEqual(['--out-format=#%i\t%l\t%b\t%n\t'])
  })

  it('link to another tree when there is one', () => {
    expect(argv({ linkDest: '/srv/other' })).toContain('--link-dest=/srv/other')
  })
})

describe('the deletes of a pull', () => {
  it.each<[string, string[], Pull['deletes'], string[]]>([
    ['', [], 'never', []],
    ['', [], 'as_options', ['--force']],
    ['', [], 'unlimited', ['--force']],
    ['', [], { atMost: 5 }, ['--force', '--max-delete=5']],
    ['--delete', [], 'never', []],
    ['--delete-excluded', [], 'never', []],
    ['--delete', [], 'as_options', ['--delete-after']],
    ['--delete-before', [], 'as_options', ['--delete-after']],
    ['--delete', ['--max-delete=9'], 'as_options', ['--delete-after', '--max-delete=9']],
    ['--delete', ['--max-delete=0'], 'as_options', ['--delete-during', '--max-delete=0']],
    ['--delete', ['--max-delete=9'], 'unlimited', ['--delete-after']],
    ['--delete', ['--max-delete=9'], { atMost: 5 }, ['--delete-after', '--max-delete=5']],
    ['--delete', [], { atMost: 0 }, ['--delete-during', '--max-delete=0']],
    ['--delete-excluded', [], 'as_options', ['--delete-excluded', '--delete-after']],
    ['--delete-excluded', [], { atMost: 0 }, ['--delete-excluded', '--delete-during', '--max-delete=0']],
  ])('with the option "%s" %j, and %j asked for, are %j', (remove, basic, deletes, expected) => {
    const words = argv({ options: options(basic, remove), deletes })
    expect(found(words, '--delete', '--max-delete', '--del', '--force')).toEqual(expected)
  })
})

describe('a pull of listed names', () => {
  const listed = (trusted: boolean, more: Partial<Pull> = {}) =>
    argv({ list: { trusted, leavesFolders: false }, ...more })

  it('takes them from standard input, from the root of the module, and folders without their content', () => {
    const words = listed(false)
    expect(words).toEqual(expect.arrayContaining(['--no-r', '--files-from=-', '--from0']))
    expect(words.indexOf('--no-r')).toBeGreaterThan(words.indexOf('-aH'))
    expect(words.at(-2)).toBe('rsync://rsync.example.org:873/module/')
  })

  it.each<[string, Pull['deletes'], boolean, string[]]>([
    ['an upstream', 'never', false, ['--ignore-missing-args']],
    ['an upstream', 'unlimited', false, ['--ignore-missing-args', '--force']],
    ['an upstream', { atMost: 5 }, false, ['--ignore-missing-args', '--force']],
    ['a node of ours', 'never', true, []],
    ['a node of ours', 'unlimited', true, ['--force']],
  ])(
    'from %s, with the deletes %j and trust (%s), deletes only what is in the way: %j',
    (_name, deletes, trusted, expected) => {
      const words = listed(trusted, { deletes })
      expect(found(words, '--delete', '--max-delete', '--force', '--ignore-missing')).toEqual(expected)
    },
  )

  it('does not decide again by what stands at the destination', () => {
    const deciding = options(['--existing', '--ignore-existing'], '', ['-au'])
    expect(found(argv({ options: deciding }), '--existing', '--ignore-existing', '-a')).toHaveLength(3)
    expect(found(listed(true, { options: deciding }), '--existing', '--ignore-existing', '-a')).toEqual(['-a'])
  })

  it('brings folders that are named without what is in them, whether or not empty ones are left out', () => {
    const pruning = options([], '', ['-amH'])
    expect(found(argv({ options: pruning }), '-a')).toEqual(['-amH'])
    expect(found(listed(false, { options: pruning }), '-a')).toEqual(['-aH'])
    expect(found(listed(false, { options: options(['--prune-empty-dirs']) }), '--prune')).toEqual([])
  })

  it('is compared with what was asked for, unless it comes from a node of ours', () => {
    expect(listed(false)).not.toContain('--trust-sender')
    expect(listed(true)).toContain('--trust-sender')
    expect(argv()).not.toContain('--trust-sender')
  })
})

describe('what no upstream gets by the way', () => {
  const protection = (basic: string[], defaults = ['-a']) =>
    found(argv({ options: options(basic, '', defaults) }), '--safe', '--munge', '--no-dev', '--no-spec', '--chmod')

  it.each<[string[], string[]]>([
    [[], ['--safe-links', '--no-devices', '--no-specials', '--chmod=Du+rwx,Fu+r,ug-s']],
    [['--safe-links'], ['--safe-links', '--no-devices', '--no-specials', '--chmod=Du+rwx,Fu+r,ug-s']],
    [['--munge-links'], ['--munge-links', '--no-devices', '--no-specials', '--chmod=Du+rwx,Fu+r,ug-s']],
    [['--devices'], ['--safe-links', '--no-specials', '--chmod=Du+rwx,Fu+r,ug-s']],
    [['--specials'], ['--safe-links', '--no-devices', '--chmod=Du+rwx,Fu+r,ug-s']],
    [['-D'], ['--safe-links', '--chmod=Du+rwx,Fu+r,ug-s']],
    [
      ['--chmod=Dug=rwx'],
      ['--chmod=Dug=rwx', '--safe-links', '--no-devices', '--no-specials', '--chmod=Du+rwx,Fu+r,ug-s'],
    ],
  ])('with -a and %j is kept off by %j', (basic, expected) => {
    expect(protection(basic)).toEqual(expected)
  })

  it('is of extended attributes all that is not of users, after every other filter', () => {
    const filters = (basic: string[]) =>
      found(argv({ withoutTemporary: true, options: options(basic) }), '--filter', '--ex')
    for (const basic of [['-X'], ['--xattrs', '--exclude=*.iso']])
      expect(filters(basic).at(-1)).toBe('--filter=-xr! user.*')
    expect(filters([])).not.toContain('--filter=-xr! user.*')
  })

  it('is meant by whoever bundles -D with other letters', () => {
    expect(protection([], ['-rltD'])).toEqual(['--safe-links', '--chmod=Du+rwx,Fu+r,ug-s'])
  })
})

describe('the time-out of a pull', () => {
  it("is the project's own, or else the node's", () => {
    expect(found(argv(), '--timeout')).toEqual(['--timeout=600'])
    expect(found(argv({ options: options(['--timeout=60']) }), '--timeout')).toEqual(['--timeout=60'])
    expect(found(argv({ options: options(['--contimeout=60']) }), '--timeout')).toEqual(['--timeout=600'])
  })
})

describe('a comparison of contents', () => {
  it('is not ended for its silence, whatever time-out the project has', () => {
    const last = (more: Partial<Pull>) => found(argv(more), '--timeout').at(-1)
    expect(last({ checksum: true })).toBe('--timeout=86400')
    expect(last({ checksum: true, options: options(['--timeout=60']) })).toBe('--timeout=86400')
    expect(last({ options: options(['-c']) })).toBe('--timeout=86400')
  })

  it.each<[string[], boolean, number]>([
    [[], false, 0],
    [[], true, 1],
    [['--checksum'], true, 1],
    [['--checksum'], false, 1],
    [['-c'], true, 0],
    [['--checksum-seed=5'], true, 1],
  ])('with %j, asked for: %s, is told to rsync once', (basic, checksum, count) => {
    expect(argv({ options: options(basic), checksum }).filter((word) => word === '--checksum')).toHaveLength(count)
  })
})

describe('partial files', () => {
  const partial = (more: Partial<Pull>) => found(argv(more), '--partial-dir', '--temp-dir')

  it.each<[boolean, string | undefined, string[]]>([
    [false, undefined, []],
    [true, undefined, ['--partial-dir=.rsync-partial']],
    [false, '/work', ['--temp-dir=/work/temporary']],
    [true, '/work', ['--temp-dir=/work/temporary', '--partial-dir=/work/partial']],
  ])('that are kept (%s), with the work folder %j, are %j', (keepPartials, workFolder, expected) => {
    expect(partial({ keepPartials, ...(workFolder === undefined ? {} : { workFolder }) })).toEqual(expected)
  })
})

describe('what an unfinished rsync leaves at the source', () => {
  const hidden = (more: Partial<Pull>) => found(argv(more), '--filter=', '--include')

  it("is hidden after the project's own patterns, for a source that is not ours", () => {
    const patterns = hidden({ withoutTemporary: true, options: options(['--include=.a.k3Xp9q']) })
    expect(patterns.slice(4, 6)).toEqual(['--include=.a.k3Xp9q', '--filter=S .*.??????/'])
    expect(patterns.slice(6).every((one) => one.startsWith('--filter=H .*.'))).toBe(true)
    expect(hidden({})).toHaveLength(4)
  })
})

describe('the filters of a pull', () => {
  it("come in their order, before the project's own patterns: the first that matches decides", () => {
    const filters = [{ include: 'by-hash/' }, { exclude: 'Packages*' }]
    expect(found(argv({ filters, options: options(['--include=*.deb']) }), '--include', '--filter').slice(4)).toEqual([
      '--filter=+ by-hash/',
      '--filter=- Packages*',
      '--include=*.deb',
    ])
  })
})

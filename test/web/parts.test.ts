// The pure parts of the pages: numbers and times in words, bars, rows, logs, forms and addresses.

import { describe, expect, it } from 'vitest'
import { PROJECT, RUN } from '../../master/openapi/examples.ts'
import { ApiError } from '../../shared/api/errors.ts'
import { briefOf } from '../../shared/schemas/brief-of.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import { readAddress } from '../../web/src/address.ts'
import { changeLines } from '../../web/src/audit-lines.ts'
import { errorAt, readErrors, summarize } from '../../web/src/form-errors.ts'
import { formatAge, formatChanges, formatDuration, formatNext, formatSize, formatTime } from '../../web/src/format.ts'
import { findMatches, kindOf, splitAtMatches } from '../../web/src/log-lines.ts'
import { problemOf } from '../../web/src/problem.ts'
import { heightsOf, topsOf, windowOf } from '../../web/src/row-window.ts'
import { barsOf, gridOf } from '../../web/src/run-bars.ts'
import { sayStrip, stripOf } from '../../web/src/run-strip.ts'
import { changesOf, FIELDS, fieldsOf, REMOVED, requestOf, textsOf } from '../../web/src/settings-fields.ts'
import { describeDots, dotsOf } from '../../web/src/slave-dots.ts'

const NOW = Date.parse('2026-11-26T03:12:00Z')

describe('numbers and times', () => {
  it.each([
    [null, '–'],
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.00 kB'],
    [1_444, '1.44 kB'],
    [38_240_000_000, '38.2 GB'],
    [612e9, '612 GB'],
    [999.6e9, '1.00 TB'],
    [2.314e12, '2.31 TB'],
  ])('shows %s bytes as %s', (bytes, text) => expect(formatSize(bytes)).toBe(text))

  it.each([
    [null, '–'],
    [0, '0 s'],
    [0.4, '< 1 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [2_820, '47 min'],
    [5_100, '1 h 25 min'],
    [7_200, '2 h'],
    [3 * 86_400, '3 d'],
  ])('shows %s seconds as %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

  it('shows ages in one unit, and times to come', () => {
    expect(formatAge('2026-11-26T03:11:35Z', NOW)).toBe('25 s')
    expect(formatAge('2026-11-25T16:00:00Z', NOW)).toBe('11 h')
    expect(formatAge('2026-11-23T03:00:00Z', NOW)).toBe('3 d')
    expect(formatAge('2026-09-01T12:00:00Z', NOW)).toBe('1 Sept 2026')
    expect(formatAge(null, NOW)).toBe('–')
    expect(formatNext('2026-11-26T03:20:00Z', NOW)).toBe('in 8 min')
    expect(formatNext('2026-11-26T03:00:00Z', NOW)).toBe('now')
    expect(formatChanges({ added: 212, modified: 18, deleted: 4 })).toBe('+212 ~18 −4')
  })
})

describe('the strip of runs', () => {
  it('shows twenty runs, oldest first, and stubs where there are fewer', () => {
    const history = ['succeeded', 'failed', 'succeeded'].map((state, number) => ({
      ...briefOf(RUN),
      run: `p-${9 - number}`,
      state: state as 'failed',
      seconds: [100, 0, 25][number] ?? 0,
    }))
    const bars = stripOf(history)
    expect(bars).toHaveLength(20)
    expect(bars.slice(-4).map(({ run, height }) => [run, height])).toEqual([
      [null, 3],
      ['p-7', 10],
      ['p-8', 4],
      ['p-9', 20],
    ])
    expect(sayStrip(bars)).toBe('Last 3 runs: 2 ok, 1 failed')
    expect(sayStrip(stripOf([]))).toBe('No runs yet')
  })
})

describe('the bars of runs', () => {
  it('leaves out dry runs and what waits, and takes the newest', () => {
    const runs = Array.from({ length: 50 }, (_, number) => ({
      ...RUN,
      run: `p-${number}`,
      queued_at: new Date(NOW + number * 1000).toISOString(),
      dry_run: number === 49,
    }))
    const bars = barsOf(runs.toReversed(), 'Changes')
    expect(bars).toHaveLength(40)
    expect(bars.at(-1)?.run).toBe('p-48')
  })

  it.each([
    [0, 'Duration', []],
    [1.5, 'Duration', [1, 2]],
    [6_000, 'Duration', [3_600, 7_200]],
    [40, 'Duration', [20, 40]],
    [730_000_000, 'Traffic', [500_000_000, 1_000_000_000]],
    [15, 'Changes', [10, 20]],
  ] as const)('has a grid up to %s of %s', (highest, what, grid) => expect(gridOf(highest, what)).toEqual(grid))
})

describe('the rows that are drawn', () => {
  const tops = topsOf(Array.from({ length: 1_000 }, (_, row) => (row % 2 === 0 ? 36 : 46)))

  it('are as high as they were measured, or as those that should be as high', () => {
    const items = [
      { key: 'head', nominal: 32 },
      { key: 'a', nominal: 46 },
      { key: 'b', nominal: 46 },
      { key: 'c', nominal: 46 },
      { key: 'd', nominal: 36 },
    ]
    expect(heightsOf(items, new Map())).toEqual([32, 46, 46, 46, 36])
    const measured = new Map([
      ['a', 100],
      ['c', 120],
    ])
    expect(heightsOf(items, measured)).toEqual([32, 100, 110, 120, 36])
  })

  it('are those of the window and some around it', () => {
    expect(tops.at(-1)).toBe(41_000)
    expect(windowOf(tops, 0, 900)).toEqual([0, 32])
    const [first, last] = windowOf(tops, 20_000, 900)
    expect(tops[first]).toBeLessThanOrEqual(19_600)
    expect(tops[last]).toBeGreaterThanOrEqual(21_300)
    expect(last - first).toBeLessThan(50)
    expect(windowOf(tops, 41_000, 900)[1]).toBe(1_000)
    expect(windowOf([0], 0, 900)).toEqual([0, 0])
  })
})

describe('what an entry of the audit list changed', () => {
  it('is told in the words of the forms', () => {
    expect(
      changeLines([
        { field: 'delete_guard_percent', before: 50, after: 20 },
        { field: 'cron_options', before: { day_of_week: '*', hour: '3' }, after: { day_of_week: '0', hour: '3' } },
        { field: 'rsync_options', after: { delete: '--delete' } },
        { field: 'rsync_password', hidden: true },
        { field: 'expires_at', after: '2026-11-26T03:12:00.000Z' },
      ]),
    ).toEqual([
      'Delete guard (%): 50 → 20',
      'schedule, day of week: * → 0',
      'rsync options: {delete: --delete}',
      'Password: changed',
      `expires at: ${formatTime('2026-11-26T03:12:00Z')}`,
    ])
  })
})

describe('the address', () => {
  it('is read also where it is not well encoded', () => {
    expect(readAddress('#/project/a%20b?state=failed').parts).toEqual(['project', 'a b'])
    expect(readAddress('#/project/%E0%A4%A').parts).toEqual(['project', '%E0%A4%A'])
  })
})

describe('the log', () => {
  it('knows what each line is', () => {
    expect(kindOf('$ rsync -a')).toBe('cmd')
    expect(kindOf('[host:1 failed; pulling from the master instead]')).toBe('own')
    expect(kindOf('@ERROR: auth failed')).toBe('err')
    expect(kindOf('rsync error: some files')).toBe('err')
    expect(kindOf('>f+++++++++ a')).toBe('said')
  })

  it('finds in upper and lower case', () => {
    expect(splitAtMatches('a Module and a module', 'module')).toEqual(['a ', 'Module', ' and a ', 'module', ''])
    expect(splitAtMatches('nothing', '')).toEqual(['nothing'])
    expect(findMatches(['one', 'two ONE', 'three'], 'one')).toEqual([0, 1])
  })
})

describe('the dots of slaves', () => {
  const slave = (id: string, state: 'up' | 'down', anchor: number | null, lag: number) => ({
    id,
    hostname: id,
    port: 7000,
    upstream: null,
    state,
    reason: null,
    last_seen: null,
    version: null,
    projects: { p: { anchor, lag, drift: null } },
  })

  it('name those that are not current', () => {
    const slaves = [slave('one', 'up', 5, 0), slave('two', 'down', 4, 1), slave('three', 'up', null, 0)]
    const dots = dotsOf(slaves, 'p', undefined)
    expect(dots.map(({ state }) => state)).toEqual(['current', 'down', 'never'])
    expect(describeDots(slaves, 'p', dots)).toBe('1 of 3 slaves current; two down, 1 behind; three has no tree yet')
  })
})

describe('the settings', () => {
  const stored = { ...PROJECT, has_password: true }

  it('ask to save only what was changed', () => {
    const texts = {
      ...textsOf(stored),
      delete_guard_percent: '20',
      rsync_host: 'other.example.org',
      rsync_password: REMOVED,
    }
    const changes = changesOf(stored, texts)
    expect(changes.map(({ key, after }) => [key, after])).toEqual([
      ['rsync_host', 'other.example.org'],
      ['rsync_password', ''],
      ['delete_guard_percent', '20'],
    ])
    expect(requestOf(changes, texts)).toEqual({
      rsync_host: 'other.example.org',
      rsync_password: null,
      delete_guard_percent: 20,
    })
    expect(changesOf(stored, textsOf(stored))).toEqual([])
  })

  it('send all parts of the rsync options when one has changed, and show no secret', () => {
    const texts = { ...textsOf(stored), delete: '--delete-after', rsync_password: 'a secret' }
    const changes = changesOf(stored, texts)
    expect(requestOf(changes, texts).rsync_options).toEqual({ ...stored.rsync_options, delete: '--delete-after' })
    expect(JSON.stringify(changes)).not.toContain('a secret')
  })

  it('show options with blanks in quotes, and read them so', () => {
    const rsync_options = { basic: ['--exclude=a b', '--filter=R .~tmp~'], defaults: ['-avH'], delete: '--delete' }
    const project = { ...stored, rsync_options }
    const texts = { ...textsOf(project), defaults: `-av --exclude "it's"` }
    expect(textsOf(project).basic).toBe("--exclude='a b' --filter='R .~tmp~'")
    expect(requestOf(changesOf(project, texts), texts).rsync_options).toEqual({
      ...rsync_options,
      defaults: ['-av', '--exclude', "it's"],
    })
  })

  it('read limits by hour and who is told as they are shown, and name no secret of theirs', () => {
    const [first, second] = ['https://one.example.net/hooks/p', 'https://two.example.net/hooks/p']
    const downstreams = [{ url: first, has_secret: true }]
    const bandwidth = [{ from: '08:00', to: '18:00', limit: '10m' }]
    const project = { ...stored, downstreams, bandwidth }
    expect(changesOf(project, textsOf(project))).toEqual([])
    const texts = { ...textsOf(project), downstreams: `${first} ${second}`, bandwidth: '', interval_s: '3600' }
    expect(requestOf(changesOf(project, texts), texts)).toEqual({
      downstreams: [{ url: first }, { url: second }],
      bandwidth: null,
      interval_s: 3600,
    })
    const none = { ...textsOf(project), downstreams: '' }
    expect(requestOf(changesOf(project, none), none)).toEqual({ downstreams: [] })
  })

  it('have what rclone reads as an address, and keep its secrets unless one is typed', () => {
    const source = {
      kind: 'rclone',
      remote: { type: 's3', access_key_id: 'AK' },
      path: 'b',
      secrets: { secret_access_key: null },
    } as const
    const project = { ...stored, source }
    const read = textsOf(project)
    expect(read).toMatchObject({
      source: 'rclone:s3://b?access_key_id=AK&secrets=secret_access_key',
      source_secret: '',
    })
    expect(changesOf(project, read)).toEqual([])
    const request = (more: object) => {
      const texts = { ...read, ...more }
      const changes = changesOf(project, texts)
      expect(JSON.stringify(changes)).not.toContain('a secret')
      return requestOf(changes, texts)
    }
    expect(request({ source: `${read.source}&region=r` })).toEqual({
      source: { ...source, remote: { ...source.remote, region: 'r' } },
    })
    expect(request({ source_secret: 'a secret' })).toEqual({
      source: { ...source, secrets: { secret_access_key: 'a secret' } },
    })
    const { secrets: _secrets, ...open } = source
    expect(request({ source_secret: REMOVED })).toEqual({ source: open })
    expect(request({ source: 'elsewhere' })).toEqual({ source: { kind: 'rclone', remote: { type: 'elsewhere' } } })
    expect(changesOf(stored, { ...textsOf(stored), source: 'rclone:ftp://h/x' })).toHaveLength(1)
  })

  it('show what goes with the source of the project', () => {
    const keys = (source: NonNullable<ProjectView['source']>) =>
      fieldsOf({ ...stored, source }, FIELDS).map(({ key }) => key)
    const ofRsync = ['rsync_host', 'upstreams', 'wait_for', 'tolerated_exit_codes', 'defaults']
    const ofAll = ['probe', 'project', 'layout', 'filters', 'bandwidth']
    expect(keys({ kind: 'rsync' })).toEqual(expect.arrayContaining([...ofRsync, ...ofAll]))
    expect(keys({ kind: 'rsync' })).not.toContain('source')
    const remote = keys({ kind: 'rclone', remote: { type: 'ftp', host: 'h' } })
    expect(remote).toEqual(expect.arrayContaining(['source', 'source_secret', ...ofAll]))
    for (const key of ofRsync) expect(remote).not.toContain(key)
    expect(keys({ kind: 'folder' })).not.toContain('source')
  })

  it('put an error of the API at its field', () => {
    const problem = (field: string) => ({ field, message: `${field}: must be higher` })
    const errors = (...fields: string[]) => readErrors(new ApiError(400, 'X', 'x', fields.map(problem)))
    const error = (field: string) => errors(field)[0]
    expect(error('delete_guard_percent')).toEqual({ key: 'delete_guard_percent', text: 'must be higher' })
    const orNull = [{ field: 'timeout_s', message: 'timeout_s: must be a whole number, or null for the setting' }]
    expect(readErrors(new ApiError(400, 'X', 'x', orNull))[0]?.text).toBe(
      'must be a whole number, or empty for the setting',
    )
    expect(error('rsync_options.delete')?.key).toBe('delete')
    expect(error('bandwidth.0.limit')).toEqual({ key: 'bandwidth', text: 'must be higher' })
    expect(error('downstreams.1.url')?.key).toBe('downstreams')
    expect(error('cron_options.minute')?.key).toBeNull()
    expect(readErrors(new Error('no answer'))).toEqual([{ key: null, text: 'no answer' }])
    const both = errors('rsync_host', 'rsync_port')
    expect(errorAt(both, 'rsync_port')).toBe('must be higher')
    expect(summarize(both)).toBe('Upstream host must be higher (1 more)')
  })
})

describe('what is wrong', () => {
  const run = (code: string, message: string) => ({ ...RUN, state: 'failed' as const, error: { code, message } })
  it.each([
    ['UPSTREAM_FAILED', 'auth failed on module pub', 'The upstream refused the password', 'edit password'],
    ['UPSTREAM_FAILED', "Unknown module 'pubb'", 'The upstream has no such module or folder', 'edit source'],
    ['UPSTREAM_FAILED', 'Name or service not known', 'The upstream cannot be reached', 'retry'],
    ['DELETE_GUARD', 'It would delete 60 %.', 'Too many files would be deleted', 'force'],
    ['TREE_MISSING', '/srv/p is empty or missing', 'The folder is empty, but held files before', 'retry'],
    ['TREE_MISSING', 'All files are gone upstream, of 9', 'The upstream has lost all of its files', 'edit source'],
    ['SOMETHING', 'else', 'The last run failed', 'retry'],
  ])('%s, “%s”: %s', (code, message, title, remedy) => {
    const problem = problemOf(PROJECT, 'failed', run(code, message), NOW)
    expect(problem).toMatchObject({ title, said: message })
    expect(problem?.remedies[0]).toBe(remedy)
  })
  it('is nothing when a project is fine', () => expect(problemOf(PROJECT, 'ok', RUN, NOW)).toBeNull())
})

describe('addresses', () => {
  it('name a page and its parts', () => {
    expect(readAddress('#/project/a%2Bb/log?state=failed').parts).toEqual(['project', 'a+b', 'log'])
    expect(readAddress('#/?state=failed').query.get('state')).toBe('failed')
    expect(readAddress('').parts).toEqual([])
  })
})

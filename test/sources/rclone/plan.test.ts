// What rclone lists, what becomes of it, and what it says: the parts that only decide.

import { describe, expect, it } from 'vitest'
import { createListingReader, type FileFacts, readTime } from '../../../master/sources/rclone/listing.ts'
import { judgeEnd, readLogLine } from '../../../master/sources/rclone/log-line.ts'
import { foldersOf, oddityOf } from '../../../master/sources/rclone/names.ts'
import { isSame, judgePlan, planSync, withoutDeletes } from '../../../master/sources/rclone/plan.ts'

const S = 1_000_000_000n
const file = (size: number | null, time: bigint | null = 5n * S, sum?: string): FileFacts => ({
  size,
  time,
  ...(sum === undefined ? {} : { sum }),
})
const files = (all: Record<string, FileFacts>) => new Map(Object.entries(all))

describe('a list', () => {
  const entry = (Path: string, more: object = {}) =>
    JSON.stringify({ Path, Name: Path, Size: 2, ModTime: '2026-01-02T03:04:05.678Z', IsDir: false, ...more })
  const readAll = (...lines: string[]) => {
    const reader = createListingReader()
    for (const line of lines) reader.read(line)
    return reader.end()
  }

  it('has files with their sizes, times and sums', () => {
    const { files, odd, ended } = readAll(
      '[',
      `${entry('a/b c')},`,
      `${entry('-x', { Size: -1, ModTime: '1970-01-01T00:00:00Z', Hashes: { md5: 'abc' } })},`,
      `${entry('folder', { IsDir: true })},`,
      entry('back\\slash'),
      ']',
    )
    expect(ended).toBe(true)
    expect(odd.size).toBe(0)
    expect([...files]).toEqual([
      ['a/b c', { size: 2, time: 1767323045678000000n }],
      ['-x', { size: null, time: null, sum: 'abc' }],
      ['back\\slash', { size: 2, time: 1767323045678000000n }],
    ])
  })

  it('may be empty, and may break off', () => {
    expect(readAll('[', ']')).toMatchObject({ ended: true })
    expect(readAll('[', entry('a'))).toMatchObject({ ended: false })
    expect(readAll('[', '{"Path":"a', ']')).toMatchObject({ ended: false })
    expect(readAll('[', '{"Path":1}', ']')).toMatchObject({ ended: false })
    expect(readAll()).toMatchObject({ ended: false })
  })

  it('leaves out what cannot be a file here', () => {
    const names = ['../x', 'a/../../x', '/etc/passwd', 'a//b', 'a/', '.', 'a/\uff0e\uff0e/b', 'a\nb', 'a\u240ab']
    const { files, odd } = readAll(
      '[',
      ...[...names, 'q\u201b', 'x\ufffd', 'y'.repeat(256)].map((name) => entry(name)),
      ']',
    )
    expect([...files.keys()]).toEqual([])
    expect(odd.size).toBe(names.length + 3)
    for (const name of ['..a', 'a..', '...', ' ', '#', '-', 'é', 'a\\..\\b', '\uff0ea'])
      expect(oddityOf(name)).toBeNull()
  })

  it('has no file that is a folder as well', () => {
    const { files, odd } = readAll('[', entry('a'), entry('a/b/c'), entry('ab'), ']')
    expect([...files.keys()]).toEqual(['a/b/c', 'ab'])
    expect(odd.get('a')).toBe('it is a file and a folder')
    expect(foldersOf('a/b/c')).toEqual(['a', 'a/b'])
  })

  it.each([
    ['2026-01-02T03:04:05Z', 1767323045n * S],
    ['2026-01-02T04:04:05.000000001+01:00', 1767323045n * S + 1n],
    ['0001-01-01T00:00:00Z', null],
    ['1970-01-01T00:00:00Z', null],
    ['yesterday', null],
  ])('says of the time %s that it is %s', (text, time) => {
    expect(readTime(text)).toBe(time)
  })
})

describe('a file', () => {
  it.each<[string, boolean, FileFacts, FileFacts, boolean?]>([
    ['with the same size and time', true, file(1), file(1)],
    ['of another size', false, file(1), file(2)],
    ['of another time', false, file(1), file(1, 6n * S)],
    ['whose time here has no fraction', true, file(1), file(1, 5n * S + 7n)],
    ['whose time here has another fraction', false, file(1, 5n * S + 1n), file(1, 5n * S + 7n)],
    ['of which the remote tells no time', true, file(1), file(1, null)],
    ['of which it tells no size', true, file(1), file(null)],
    ['of which it tells neither', false, file(1), file(null, null)],
    ['looked at in full with the same sum', true, file(1, S, 'a'), file(1, S, 'a'), true],
    ['looked at in full with another sum', false, file(1, S, 'a'), file(1, S, 'b'), true],
    ['looked at in full without a sum', false, file(1), file(1), true],
  ])('%s is the same: %s', (_what, same, ours, theirs, full) => {
    expect(isSame(ours, theirs, full)).toBe(same)
  })
})

describe('a plan', () => {
  it('fetches what is new or another, and takes away what is gone', () => {
    const ours = files({ same: file(1), other: file(1), 'old/a': file(3), renamed: file(9) })
    const theirs = files({ same: file(1), other: file(2), 'new/b': file(4), 'new/c': file(9) })
    expect(planSync(ours, theirs)).toEqual({
      fetch: ['new/b', 'new/c', 'other'],
      gone: ['old/a', 'renamed'],
      inTheWay: [],
      lost: 1,
      bytes: 15,
    })
  })

  it('makes way where a file becomes a folder, or a folder a file', () => {
    const ours = files({ a: file(1), 'b/c/d': file(1), e: file(1) })
    const theirs = files({ 'a/x': file(2), b: file(3) })
    const plan = planSync(ours, theirs)
    expect(plan.inTheWay).toEqual(['a', 'b/c/d'])
    expect(withoutDeletes(plan, ours)).toMatchObject({ fetch: [], gone: [], inTheWay: [], lost: 0 })
  })

  it('leaves alone what could not be looked at', () => {
    const facts = file(1)
    expect(planSync(files({ a: facts }), files({ a: facts }), true)).toMatchObject({ fetch: [], gone: [] })
  })

  it.each([
    [{ had: 0, found: 0, lost: 0 }, 50, true, 'UPSTREAM_EMPTY'],
    [{ had: 2, found: 0, lost: 2 }, 0, false, 'TREE_MISSING'],
    [{ had: 2, found: 0, lost: 2 }, 0, true, undefined],
    [{ had: 1, found: 0, lost: 1 }, 100, false, undefined],
    [{ had: 10, found: 9, lost: 6 }, 50, false, 'DELETE_GUARD'],
    [{ had: 10, found: 9, lost: 5 }, 50, false, undefined],
    [{ had: 10, found: 9, lost: 6 }, 50, true, undefined],
    [{ had: 10, found: 1, lost: 9 }, 0, false, undefined],
    [{ had: 0, found: 3, lost: 0 }, 50, false, undefined],
  ])('for %j with %i %% and force %s is judged %s', (counts, percent, force, code) => {
    expect(judgePlan(counts, percent, force)?.code).toBe(code)
  })
})

describe('a line of rclone', () => {
  it('is numbers, an error or a note', () => {
    const stats = { bytes: 5, transfers: 1, speed: 2.5, eta: null, errors: 0 }
    expect(readLogLine(JSON.stringify({ level: 'warning', msg: '\nTransferred', stats }))).toEqual({
      kind: 'stats',
      stats,
    })
    expect(readLogLine(JSON.stringify({ level: 'error', msg: 'no', object: 'a' }))).toEqual({
      kind: 'error',
      text: 'a: no',
      name: 'a',
    })
    expect(readLogLine(JSON.stringify({ level: 'warning', msg: 'hm' }))).toEqual({
      kind: 'note',
      text: 'hm',
      name: null,
    })
    expect(
      readLogLine(
        '2026/11/27 17:05:38 Failed to lsjson with 2 errors: last error was: error in ListJSON: no such host',
      ),
    ).toEqual({
      kind: 'error',
      text: 'no such host',
      name: null,
    })
  })

  it.each([
    [5, 'dial tcp: connection refused', 'retry'],
    [1, 'HTTP Error: 500 Internal Server Error', 'retry'],
    [1, 'HTTP Error: 403 Forbidden', 'permanent'],
    [1, 'AccessDenied: Access Denied', 'permanent'],
    [1, "couldn't connect SSH: ssh: handshake failed: knownhosts: key mismatch", 'permanent'],
    [3, 'directory not found', 'permanent'],
    [null, null, 'retry'],
  ])('at the end with code %s and "%s" means %s', (code, complaint, outcome) => {
    expect(judgeEnd(code, complaint)).toBe(outcome)
  })
})

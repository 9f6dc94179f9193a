import { describe, expect, it } from 'vitest'
import { classifyChange, createOutputReader, type OutputEvent, parseProgress } from '../../../shared/rsync/output.ts'
import type { TreeChange } from '../../../shared/trees/source.ts'

const TORN_FILE = 'no end of line#>f+++++++++\t3\t43\ta\t'
const TORN_DELETION = 'no end of line#*deleting  \t0\t0\ta\t'
const text = (line: string, torn: boolean): OutputEvent => ({ kind: 'text', line, torn })
const change = (line: string, found: TreeChange | null): OutputEvent => ({ kind: 'change', line, change: found })

describe('classifyChange', () => {
  it.each([
    ['>f+++++++++', 'added'],
    ['cd+++++++++', 'added'],
    ['cL+++++++++', 'added'],
    ['hf+++++++++', 'added'],
    ['>f.s.......', 'modified'],
    ['>f..t......', 'modified'],
    ['hf..t......', 'modified'],
    ['cL..T......', 'modified'],
    ['.f...p.....', null],
    ['hf.....g...', null],
    ['hf         ', null],
    ['.d..t......', null],
    ['*deleting  ', 'deleted'],
  ])('%s is %s', (code, expected) => {
    expect(classifyChange(code)).toBe(expected)
  })
})

describe('createOutputReader', () => {
  it('counts changes and totals of a real output', () => {
    const reader = createOutputReader()
    for (const line of [
      '#*deleting  \t0\t0\tgoned/\t',
      '#>f+++++++++\t3\t43\thl\t',
      '#cL+++++++++\t1\t0\tl\t -> a',
      '#.d..t......\t4096\t0\t./\t',
      '#>f.st......\t8\t48\td/b c\t',
      '              7  63%    6.84kB/s    0:00:00 (xfr#3, to-chk=1/7)',
      'Number of files: 7 (reg: 4, dir: 2, link: 1)',
      'Total file size: 11 bytes',
      'Total bytes sent: 105',
      'Total bytes received: 300',
    ])
      reader.readStdout(line)
    reader.readStderr('rsync: [sender] opendir "/x" (in m) failed: Permission denied (13)')
    reader.readStderr('rsync error: some files could not be transferred (code 23) at main.c(1)')
    expect(reader.summary()).toEqual({
      added: 2,
      modified: 1,
      deleted: 1,
      errors: 1,
      bytes_transferred: 405,
      total_files: 7,
      total_size: 11,
    })
    expect(reader.lastError()).toContain('Permission denied')
  })

  it('takes a file name that imitates totals for a name', () => {
    const reader = createOutputReader()
    reader.readStdout('#>f+++++++++\t3\t43\tTotal file size: 999\t')
    expect(reader.summary()).toMatchObject({ added: 1, total_size: 0 })
  })

  it.each<[string, OutputEvent]>([
    ['#>f+++++++++\t3\t43\ta\t', change('#>f+++++++++\t3\t43\ta\t', { name: 'a', kind: 'file', linkedTo: null })],
    ['#>f+++++++++\t3\t43\t../a\t', change('#>f+++++++++\t3\t43\t../a\t', null)],
    ['Number of files: 7', text('Number of files: 7', false)],
    ['# a message of the day', text('# a message of the day', false)],
    [TORN_FILE, text(TORN_FILE, true)],
    [TORN_DELETION, text(TORN_DELETION, true)],
    ['cannot delete non-empty directory: a', { kind: 'noise' }],
  ])('says of %j what it is', (line, event) => {
    expect(createOutputReader().readStdout(line)).toEqual([event])
  })

  it('says of a line of progress how far rsync is', () => {
    const events = createOutputReader().readStdout('              7  63%    6.84kB/s    0:00:10 (xfr#3, to-chk=1/4)')
    expect(events).toMatchObject([{ kind: 'progress', progress: { files_checked: 3, files_total: 4 } }])
  })

  it.each([
    '              0   0%    0.00kB/s    0:00:00  ',
    '        6000000  99%  983.12kB/s    0:00:05 (xfr#2, ir-chk=1000/6003)',
    '          32768   0%    0.00kB/s    ??:??:??  ',
  ])('reads what the generator writes behind the progress %j of the receiver', (progress) => {
    const reader = createOutputReader()
    const lines = [
      '#*deleting  \t0\t0\td2276/gone\t',
      '#cL+++++++++\t1\t0\tnew\t -> a',
      '#cd+++++++++\t40\t0\t  b/\t',
      'cannot delete non-empty directory: c',
      'Deletions stopped due to --max-delete limit (12 skipped)',
    ]
    const events = lines.flatMap((line) => reader.readStdout(progress + line))
    expect(events.filter(({ kind }) => kind === 'progress')).toHaveLength(lines.length)
    expect(events.flatMap((event) => (event.kind === 'change' ? [event.change] : []))).toEqual([
      { name: 'd2276/gone', kind: 'gone', linkedTo: null },
      { name: 'new', kind: 'file', linkedTo: null },
      { name: '  b', kind: 'folder', linkedTo: null },
    ])
    expect(reader.summary()).toMatchObject({ added: 2, deleted: 1 })
    expect([reader.skippedFolders(), reader.skippedDeletions()]).toEqual([1, 12])
  })

  it('knows how many deletions were held back, by the greatest number that it was told', () => {
    const reader = createOutputReader()
    expect(reader.skippedDeletions()).toBe(0)
    reader.readStderr('Deletions stopped due to --max-delete limit (12 skipped)')
    reader.readStdout('Deletions stopped due to --max-delete limit (3 skipped)')
    reader.readStdout('#>f+++++++++\t3\t43\tDeletions stopped due to --max-delete limit (99 skipped)\t')
    expect(reader.skippedDeletions()).toBe(12)
  })

  it('counts the folders that were held back, and the files that a folder was in the way of', () => {
    const reader = createOutputReader()
    for (const name of ['a', 'b']) reader.readStdout(`cannot delete non-empty directory: ${name}`)
    reader.readStderr('could not make way for new regular file: c')
    expect([reader.skippedFolders(), reader.obstructed()]).toEqual([2, 1])
  })

  it.each([
    ['Number of files: 12 (reg: 9, dir: 2, link: 1)', 10],
    ['Number of files: 3 (dir: 3)', 0],
    ['Number of files: 4 (reg: 4)', 4],
    ['Number of files: 0', 0],
    ['Total file size: 11 bytes', null],
  ])('learns from %j how many entries of the source are no folders: %j', (line, files) => {
    const reader = createOutputReader()
    reader.readStdout(line)
    expect(reader.sourceFiles()).toBe(files)
  })

  it.each<[string, number, number, string | null]>([
    ['rsync: [sender] opendir "/x" (in m) failed', 1, 0, 'rsync: [sender] opendir "/x" (in m) failed'],
    ["@ERROR: Unknown module 'x'", 1, 0, "@ERROR: Unknown module 'x'"],
    ['file has vanished: "/a" (in m)', 1, 1, 'file has vanished: "/a" (in m)'],
    [
      'rsync error: timeout in data send/receive (code 30)',
      0,
      0,
      'rsync error: timeout in data send/receive (code 30)',
    ],
    ['welcome to this server', 0, 0, null],
  ])('counts %j as %i errors and %i vanished', (line, errors, vanished, lastError) => {
    const reader = createOutputReader()
    reader.readStderr(line)
    expect([reader.summary().errors, reader.vanished(), reader.lastError()]).toEqual([errors, vanished, lastError])
  })

  it("prefers the last complaint to rsync's closing words, and does not change a summary that it gave", () => {
    const reader = createOutputReader()
    const before = reader.summary()
    for (const line of ['rsync: first', 'rsync: second', 'rsync error: some files (code 23)']) reader.readStderr(line)
    expect(reader.lastError()).toBe('rsync: second')
    expect(before.errors).toBe(0)
  })

  it('stays small over a million lines', () => {
    const reader = createOutputReader()
    const before = process.memoryUsage().heapUsed
    for (let number = 0; number < 1_000_000; number++) reader.readStdout(`#>f+++++++++\t3\t43\tsome/file/${number}\t`)
    expect(reader.summary().added).toBe(1_000_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024)
  })
})

describe('parseProgress', () => {
  it('takes the percent from the files, not from the bytes', () => {
    expect(parseProgress('              7  63%    6.84kB/s    0:01:10 (xfr#3, to-chk=1/4)')).toEqual({
      percent: 75,
      bytes: 7,
      rate: 6840,
      eta_s: 70,
      files_checked: 3,
      files_total: 4,
    })
  })
  it('knows that the total may still grow and the rest be unknown', () => {
    expect(parseProgress('         32,768')).toBeNull()
    expect(parseProgress('          32768   0%    0.00kB/s    ??:??:??  ')).toMatchObject({
      bytes: 32768,
      eta_s: null,
      files_total: 0,
    })
    expect(parseProgress('       65536000  12%  110.20MB/s    0:00:04 (xfr#1, ir-chk=1000/1002)')).toMatchObject({
      files_checked: 2,
      files_total: 1002,
    })
  })
})

import { describe, expect, it } from 'vitest'
import { describeExit, judgeExit } from '../../../shared/rsync/exit-codes.ts'
import { classifyChange, createOutputReader, parseProgress } from '../../../shared/rsync/output.ts'

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

describe('judgeExit', () => {
  it.each([
    [0, null, 'success'],
    [24, null, 'noted'],
    [23, null, 'retry'],
    [25, null, 'operator'],
    [30, null, 'retry'],
    [1, null, 'permanent'],
    [5, '@ERROR: max connections (1) reached -- try again later', 'retry'],
    [5, "@ERROR: Unknown module 'x'", 'permanent'],
    [5, '@ERROR: auth failed on module x', 'permanent'],
    [10, 'rsync: failed to connect: Connection refused (111)', 'retry'],
    [10, 'The server is configured to refuse --delete', 'permanent'],
    [20, null, 'stopped'],
    [255, null, 'permanent'],
    [null, null, 'stopped'],
  ] as const)('%s with %j is %s', (code, error, expected) => {
    expect(judgeExit(code, error)).toBe(expected)
  })
  it('says it in words', () => {
    expect(describeExit(11, 'rsync: write failed: No space left on device (28)')).toMatch(/exit code 11.*No space left/)
  })
})

import { describe, expect, it } from 'vitest'
import { describeExit, judgeExit } from '../../../shared/rsync/exit-codes.ts'
import type { Outcome } from '../../../shared/trees/source.ts'

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
    expect(describeExit(11, 'rsync: write failed: No space left on device (28)')).toMatch(
      /^rsync: write failed: No space left.*exit code 11/,
    )
  })

  it.each<[Outcome, number[]]>([
    ['success', [0]],
    ['noted', [24]],
    ['retry', [5, 10, 11, 12, 23, 30, 35]],
    ['once', [14, 15, 16, 21, 22]],
    ['operator', [25]],
    ['stopped', [19, 20]],
    ['permanent', [1, 2, 3, 4, 6, 13, 18, 126, 127, 255]],
  ])('is "%s" for the codes %j', (outcome, codes) => {
    for (const code of codes) expect(judgeExit(code, null), String(code)).toBe(outcome)
  })

  it.each([
    'unknown module',
    'auth failed',
    'access denied',
    'chroot failed',
    'configured to refuse',
    'unknown option',
  ])('does not try again when the server said "%s", in whatever letters', (text) => {
    for (const code of [5, 10]) {
      expect(judgeExit(code, `@ERROR: ${text} x`)).toBe('permanent')
      expect(judgeExit(code, text.toUpperCase())).toBe('permanent')
    }
    expect(judgeExit(23, `rsync: ${text}`)).toBe('retry')
    expect(judgeExit(0, `rsync: ${text}`)).toBe('success')
  })
})

describe('describeExit', () => {
  it.each([
    [30, null, 'no data came for too long (rsync exit code 30)'],
    [30, 'rsync: why', 'rsync: why (no data came for too long; rsync exit code 30)'],
    [
      5,
      '@ERROR: auth failed on module pub',
      'auth failed on module pub (the server did not start the transfer; rsync exit code 5)',
    ],
    [5, 'Password: @ERROR: auth failed', 'auth failed (the server did not start the transfer; rsync exit code 5)'],
    [99, null, 'rsync failed (rsync exit code 99)'],
    [null, null, 'rsync was killed'],
    [null, 'rsync: why', 'rsync: why (rsync was killed)'],
  ])('of %j with %j says the cause first', (code, lastError, says) => {
    expect(describeExit(code, lastError)).toBe(says)
  })

  it('has words for every code that rsync documents', () => {
    for (const code of [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24, 25, 30, 35])
      expect(describeExit(code, null), String(code)).not.toMatch(/^rsync failed \(/)
  })
})

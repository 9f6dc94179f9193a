import { describe, expect, it } from 'vitest'
import { showGoSeconds, showGoTime, showShortSize, unixSeconds } from '../../../master/outlets/human-units.ts'

describe('a size', () => {
  it.each([
    [null, 'unknown'],
    [0, '0B'],
    [1_023, '1023B'],
    [1_024, '1.00K'],
    [1_572_864, '1.50M'],
    [3 * 1_024 ** 3, '3.00G'],
    [1_331_439_861_760, '1.21T'],
    [2 * 1_024 ** 5, '2.00P'],
    [5_000 * 1_024 ** 5, '5000.00P'],
  ])('of %j bytes is %s', (bytes, expected) => {
    expect(showShortSize(bytes)).toBe(expected)
  })
})

describe('a time', () => {
  it.each([
    ['2026-11-24T00:41:07.000Z', '2026-11-24 00:41:07 +0000', 1_795_480_867],
    ['2026-11-24T00:41:07.999Z', '2026-11-24 00:41:07 +0000', 1_795_480_867],
    ['2026-11-24T02:41:07.000+02:00', '2026-11-24 00:41:07 +0000', 1_795_480_867],
    ['1969-12-31T23:59:59.500Z', '1969-12-31 23:59:59 +0000', -1],
    [null, '0001-01-01 00:00:00 +0000', -62_135_596_800],
  ])('%s is %s for Go, and %i in seconds', (iso, text, seconds) => {
    expect(showGoTime(iso)).toBe(text)
    expect(showGoSeconds(iso)).toBe(seconds)
    if (iso !== null) expect(unixSeconds(iso)).toBe(seconds)
  })

  it("that never was is the same moment in words and in seconds: Go's zero time", () => {
    expect(unixSeconds('0001-01-01T00:00:00Z')).toBe(showGoSeconds(null))
  })
})

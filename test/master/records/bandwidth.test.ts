import { describe, expect, it } from 'vitest'
import { assertBandwidth, bandwidthAt, bytesOf, withBwlimit } from '../../../master/records/bandwidth.ts'
import { readBandwidth, showBandwidth } from '../../../shared/bandwidth-text.ts'

const at = (text: string, when: string, timezone?: string) =>
  bandwidthAt(
    { bandwidth: readBandwidth(text), cron_options: timezone === undefined ? null : { timezone } },
    Date.parse(when),
  )

describe('the limit at a time of day', () => {
  it.each([
    ['before', '08:00-18:00=10m', '2026-11-26T07:59:59Z', null],
    ['at its beginning', '08:00-18:00=10m', '2026-11-26T08:00:00Z', '10m'],
    ['to the minute before its end', '08:00-18:00=10m', '2026-11-26T17:59:59Z', '10m'],
    ['at its end', '08:00-18:00=10m', '2026-11-26T18:00:00Z', null],
    ['before midnight', '22:00-02:00=1m', '2026-11-26T23:59:00Z', '1m'],
    ['after midnight', '22:00-02:00=1m', '2026-11-26T01:59:00Z', '1m'],
    ['after a night', '22:00-02:00=1m', '2026-11-26T02:00:00Z', null],
    ['of one that ends at midnight', '22:00-24:00=1m', '2026-11-26T00:00:00Z', null],
    ['of one that begins where another ends', '08:00-18:00=10m,18:00-24:00=20m', '2026-11-26T18:00:00Z', '20m'],
    ['of a whole day', '00:00-24:00=10m', '2026-11-26T23:59:59Z', '10m'],
    ['without any', '', '2026-11-26T12:00:00Z', null],
  ])('%s', (_when, text, time, expected) => {
    expect(at(text, time)).toBe(expected)
  })

  it('is that of the zone of the schedule, in summer and in winter', () => {
    const day = '08:00-18:00=10m'
    expect(at(day, '2026-07-01T06:00:00Z', 'Europe/Berlin')).toBe('10m')
    expect(at(day, '2026-12-01T06:00:00Z', 'Europe/Berlin')).toBeNull()
    expect(at(day, '2026-12-01T07:00:00Z', 'Europe/Berlin')).toBe('10m')
    // The hour that comes twice.
    const night = '02:00-03:00=1m'
    expect(at(night, '2026-10-25T00:30:00Z', 'Europe/Berlin')).toBe('1m')
    expect(at(night, '2026-10-25T01:30:00Z', 'Europe/Berlin')).toBe('1m')
  })
})

it.each([
  ['08:00-18:00=1m,17:59-20:00=2m', /bandwidth\.1: 17:59 to 20:00 has hours in common with 08:00 to 18:00/],
  ['22:00-02:00=1m,01:00-03:00=2m', /bandwidth\.1: .* has hours in common/],
  ['08:00-18:00=0.4', /bandwidth\.0\.limit: 0\.4 is too low; give at least "0\.5k"/],
  ['08:00-18:00=0.001k', /bandwidth\.0\.limit: 0\.001k is too low/],
  ['08:00-08:00=1m', /bandwidth\.0: "from" and "to" are both 08:00; give "00:00" and "24:00" for all day/],
])('%s is refused', (text, message) => {
  expect(() => assertBandwidth(readBandwidth(text))).toThrow(message)
})

it('windows that only touch are taken, and the lowest limit of rsync', () => {
  expect(() => assertBandwidth(readBandwidth('08:00-18:00=0.5k'))).not.toThrow()
  expect(() => assertBandwidth(readBandwidth('08:00-18:00=1m,18:00-08:00=2m'))).not.toThrow()
})

it.each([
  ['500', 512_000],
  ['500k', 512_000],
  ['1.5m', 1_572_864],
  ['1G', 1_073_741_824],
])('%s is %d bytes a second', (limit, bytes) => {
  expect(bytesOf(limit)).toBe(bytes)
})

it('takes the place of a limit among the options', () => {
  const options = { defaults: ['-avH', '--bwlimit=1m'], basic: ['--bwlimit', '2m', '--exclude=x'], delete: '' }
  expect(withBwlimit(options, '10m')).toEqual({
    defaults: ['-avH'],
    basic: ['--exclude=x', '--bwlimit=10m'],
    delete: '',
  })
  expect(withBwlimit(options, null)).toBe(options)
})

it('is read as it is shown', () => {
  const text = '08:00-18:00=10m, 22:00-02:00=50m'
  expect(showBandwidth(readBandwidth(text))).toBe(text)
  expect(showBandwidth(null)).toBe('')
})

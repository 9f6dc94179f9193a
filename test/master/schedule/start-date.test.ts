import { describe, expect, it } from 'vitest'
import { parseDate } from '../../../master/schedule/start-date.ts'
import { findZone } from '../../../master/schedule/wall-time.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

const read = (text: string, zoneName?: string): string | null => {
  const zone = findZone(zoneName)
  if (zone === null) throw new Error('no such zone')
  const date = parseDate(text, NOW, zone)
  return date === null ? null : new Date(date).toISOString()
}

describe('parseDate', () => {
  it.each([
    ['2014-05-7 18:00', '2014-05-07T18:00:00.000Z'],
    ['2014-03-10 09:30', '2014-03-10T09:30:00.000Z'],
    ['2014-03-10T09:30:00+02:00', '2014-03-10T07:30:00.000Z'],
    ['2014-03-10T09:30:00Z', '2014-03-10T09:30:00.000Z'],
    ['20140310T093000Z', '2014-03-10T09:30:00.000Z'],
    ['2014-W11-1', '2014-03-10T00:00:00.000Z'],
    ['2014-069', '2014-03-10T00:00:00.000Z'],
    ['2014-03-10', '2014-03-10T00:00:00.000Z'],
    ['Fri Jul 11 03:08:57 IST 2014', '2014-07-10T21:38:57.000Z'],
    ['Fri Jul 11 03:08:57 AM UTC 2014', '2014-07-11T03:08:57.000Z'],
    ['Fri 11 Jul 2014 03:08:57 AM CEST', '2014-07-11T01:08:57.000Z'],
    ['Sat, 12 Jul 2014 03:08:57 +0000', '2014-07-12T03:08:57.000Z'],
    ['@1400000000', '2014-05-13T16:53:20.000Z'],
    ['15th August 2014', '2014-08-15T00:00:00.000Z'],
    ['tomorrow at 5pm', '2026-11-25T17:00:00.000Z'],
    ['tomorrow', '2026-11-25T00:00:00.000Z'],
    ['in 2 hours', '2026-11-24T14:00:00.000Z'],
    ['Jul 11 2014 3pm America/New_York', '2014-07-11T19:00:00.000Z'],
    ['2014-05-7 18:00 Europe/Paris', '2014-05-07T16:00:00.000Z'],
    ['starting on 1 Jan 2027 00:00 GMT+2', '2026-12-31T22:00:00.000Z'],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  it("takes the schedule's zone where the text has none", () => {
    expect(read('2014-05-7 18:00', 'America/New_York')).toBe('2014-05-07T22:00:00.000Z')
    expect(read('15th August 2014', 'Europe/Paris')).toBe('2014-08-14T22:00:00.000Z')
    expect(read('2014-03-10 09:30 UTC', 'Europe/Paris')).toBe('2014-03-10T09:30:00.000Z')
    expect(read('tomorrow at 5pm', 'Europe/Paris')).toBe('2026-11-25T16:00:00.000Z')
  })

  it.each([
    '',
    'soon',
    '5',
    '2014',
    '15th Augst 2014',
    '2027-13-01',
    '2027-02-30',
    '31 February 2027',
    'from monday to friday',
    'rm -rf tomorrow',
    '@',
  ])('refuses %j', (text) => {
    expect(read(text)).toBeNull()
  })
})

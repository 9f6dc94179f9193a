import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNextFire, listFires, readSchedule } from '../../../master/schedule/fire-times.ts'
import { readCronLine } from '../../../shared/cron/cron-line.ts'
import { showCronLine } from '../../../shared/cron/show-cron-line.ts'

describe('a schedule as the line of a crontab', () => {
  it.each([
    [{ hour: '*/6', minute: '7' }, '7 */6 * * *'],
    [{ hour: '3' }, '0 3 * * *'],
    [{ minute: '7' }, '7 * * * *'],
    [{ day: '1' }, '0 0 1 * *'],
    [{ month: '6' }, '0 0 1 6 *'],
    [{ day_of_week: 'mon-fri', hour: 2 }, '0 2 * * mon-fri'],
  ])('of %j is "%s"', (fields, line) => {
    expect(showCronLine(fields)).toBe(line)
  })

  it.each([
    [{}],
    [{ second: '5' }],
    [{ year: '2027', minute: '1' }],
    [{ minute: '1', timezone: 'Europe/Berlin' }],
    [{ day: 'last' }],
    // A number is counted from Monday here, and from Sunday there.
    [{ day_of_week: '0' }],
    [{ day: '13', day_of_week: 'fri' }],
  ])('of %j is none that cron has', (fields) => {
    expect(showCronLine(fields)).toBeNull()
  })

  it('means the same times when it is read again', () => {
    const number = (highest: number) => fc.integer({ min: 0, max: highest }).map(String)
    const fields = fc.record(
      {
        minute: fc.oneof(number(59), fc.constantFrom('*/5', '1,31')),
        hour: fc.oneof(number(23), fc.constantFrom('*/6', '8-18')),
        day: fc.integer({ min: 1, max: 28 }).map(String),
        month: fc.integer({ min: 1, max: 12 }).map(String),
      },
      { requiredKeys: [] },
    )
    const now = Date.parse('2026-03-01T00:00:00Z')
    const timesOf = (schedule: object) => {
      const read = readSchedule({ ...schedule, timezone: 'UTC' }, now)
      return read === null ? [] : listFires(createNextFire(read), now, 5)
    }
    fc.assert(
      fc.property(fields, (schedule) => {
        const line = showCronLine(schedule)
        if (line === null) expect(schedule).toEqual({})
        else expect(timesOf(readCronLine(line).schedule)).toEqual(timesOf(schedule))
      }),
      { numRuns: 200 },
    )
  })
})

// The times of a crontab's line, against what cron itself would do.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNextFire, listFires, readSchedule } from '../../../master/schedule/fire-times.ts'
import { readCronLine } from '../../../shared/cron/cron-line.ts'

/** A field and the values that it means, by cron's own reckoning: each value of the range is asked. */
interface Field {
  text: string
  means: ReadonlySet<number>
}

const part = (lowest: number, highest: number): fc.Arbitrary<Field> => {
  const span = highest - lowest + 1
  const value = fc.integer({ min: lowest, max: highest })
  const step = fc.integer({ min: 1, max: span + 5 })
  const every = (from: number, count: number, by: number) =>
    new Set(
      Array.from({ length: count }, (_, at) => at).flatMap((at) =>
        at % by === 0 ? [lowest + ((from - lowest + at) % span)] : [],
      ),
    )
  const length = (from: number, to: number) => ((to - from + span) % span) + 1
  return fc.oneof(
    value.map((one) => ({ text: `${one}`, means: new Set([one]) })),
    fc.tuple(value, value).map(([from, to]) => ({ text: `${from}-${to}`, means: every(from, length(from, to), 1) })),
    fc
      .tuple(value, value, step)
      .map(([from, to, by]) => ({ text: `${from}-${to}/${by}`, means: every(from, length(from, to), by) })),
    step.map((by) => ({ text: `*/${by}`, means: every(lowest, span, by) })),
    fc.tuple(value, step).map(([from, by]) => ({ text: `${from}/${by}`, means: every(from, highest - from + 1, by) })),
  )
}

const field = (lowest: number, highest: number): fc.Arbitrary<Field> =>
  fc.oneof(
    fc.constant({ text: '*', means: new Set(Array.from({ length: highest - lowest + 1 }, (_, at) => lowest + at)) }),
    fc.array(part(lowest, highest), { minLength: 1, maxLength: 3 }).map((parts) => ({
      text: parts.map(({ text }) => text).join(','),
      means: new Set(parts.flatMap(({ means }) => [...means])),
    })),
  )

const HOUR_MS = 3_600_000
const START = Date.parse('2026-01-01T00:00:00Z')

/** Fire times of the first hours that have some, minute by minute. */
function bruteForce([minute, hour, day, month, weekday]: readonly Field[], count: number): number[] {
  const fires: number[] = []
  const until = Date.parse('2027-03-01T00:00:00Z')
  for (let at = START; at < until && fires.length < count; at += HOUR_MS) {
    const date = new Date(at)
    const isHour = hour?.means.has(date.getUTCHours()) && month?.means.has(date.getUTCMonth() + 1)
    const [isDay, isWeekday] = [day?.means.has(date.getUTCDate()), weekday?.means.has(date.getUTCDay())]
    // crontab(5): one of them is enough where neither begins with an asterisk.
    const takesBoth = day?.text.startsWith('*') || weekday?.text.startsWith('*')
    if (!isHour || !(takesBoth ? isDay && isWeekday : isDay || isWeekday)) continue
    for (let one = 0; one < 60; one++) if (minute?.means.has(one)) fires.push(at + one * 60_000)
  }
  return fires.slice(0, count)
}

describe('the schedule of a line', () => {
  it('fires when cron would', () => {
    const fields = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
    fc.assert(
      fc.property(fields, (line) => {
        const { schedule, eitherDay } = readCronLine(line.map(({ text }) => text).join(' '))
        if (eitherDay) return
        const stored = readSchedule(schedule, START)
        const fires = stored === null ? [] : listFires(createNextFire(stored), START, 70)
        const expected = bruteForce(line, 70)
        expect(fires.slice(0, expected.length), JSON.stringify(schedule)).toEqual(expected)
      }),
      { numRuns: 80 },
    )
  })

  it('is not made where cron runs on either day', () => {
    const isEither = (line: string) => readCronLine(line).eitherDay
    for (const line of ['0 4 1 * 1', '0 4 1-15 * mon', '0 4 1,2 * 0-5']) expect(isEither(line), line).toBe(true)
    // As cron has it, a field that begins with an asterisk is none that limits.
    for (const line of ['0 4 1 * *', '0 4 * * 1', '0 4 */2 * 1', '0 4 1 * */2', '0 4 1 * 0-6', '0 4 1-31 * 1'])
      expect(isEither(line), line).toBe(false)
  })

  it('is every day where one of the days is any', () => {
    for (const line of ['0 4 1 * 0-6', '0 4 1-31 * 1'])
      expect(readCronLine(line).schedule, line).toEqual({ minute: '0', hour: '4' })
    expect(readCronLine('0 4 1 * *').schedule).toEqual({ minute: '0', hour: '4', day: '1' })
  })

  it('leaves the command as it is written', () => {
    expect(readCronLine('0  4 * *\t1   a  "b  c"').rest).toBe('a  "b  c"')
    expect(readCronLine('@daily  a  b').rest).toBe('a  b')
    expect(readCronLine('0 4 * * 1').rest).toBe('')
  })
})

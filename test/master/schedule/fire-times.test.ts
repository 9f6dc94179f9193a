import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, it } from 'vitest'
import { createNextFire, listFires, readSchedule, showSchedule } from '../../../master/schedule/fire-times.ts'
import type { CronOptions, FieldTexts, Schedule } from '../../../shared/schemas/schedule.ts'
import { cpuMs } from '../../helpers/cpu.ts'

interface Vector {
  cron_options: CronOptions
  now: string
  fields: FieldTexts
  fires: (string | null)[]
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../vectors/cron-fire-times.json', import.meta.url), 'utf8'),
).cases

const fieldsOf = (schedule: Schedule): FieldTexts => {
  const { start_date: _start, end_date: _end, timezone: _zone, ...fields } = schedule
  return fields
}

const mustRead = (options: CronOptions, now = 0): Schedule => {
  const schedule = readSchedule(options, now)
  if (schedule === null) throw new Error('no schedule')
  return schedule
}

const fires = (options: CronOptions, now: string, count: number): string[] =>
  listFires(createNextFire(mustRead(options)), Date.parse(now), count).map((at) => new Date(at).toISOString())

describe('fire times', () => {
  it.each(vectors.map((vector, index) => [index, vector] as const))(
    'agrees with APScheduler on vector %i',
    (_, vector) => {
      const schedule = mustRead(vector.cron_options)
      expect(fieldsOf(showSchedule(schedule))).toEqual(vector.fields)
      const expected = vector.fires.filter((fire) => fire !== null)
      const found = listFires(createNextFire(schedule), Date.parse(vector.now), 5)
      expect(found.map((at) => new Date(at).toISOString().replace('.000Z', 'Z'))).toEqual(expected)
    },
  )

  it('takes well under a second for all vectors and 5 ms for any of them', async () => {
    const times: number[] = []
    for (const vector of vectors) times.push(await leastTime(() => nextFires(vector)))
    expect(times.reduce((sum, time) => sum + time, 0)).toBeLessThan(900)
    expect(Math.max(...times)).toBeLessThan(5)
  })

  it.each([
    ['30 February', { month: 2, day: 30 }],
    ['a week that its month never has', { month: 11, week: '15-21' }],
    ['a year in the past', { year: 1999 }],
  ])('finds in 5 ms that there is no %s', async (_name, options) => {
    const next = () => createNextFire(mustRead(options))(Date.parse('2026-01-01T00:00:00Z'))
    expect(next()).toBeNull()
    const time = await leastTime(next)
    expect(time).toBeLessThan(5)
  })

  it('fires a skipped time at the shift and a repeated time once', () => {
    const options = { hour: 2, minute: 30, timezone: 'Europe/Paris' }
    expect(fires(options, '2026-03-28T12:00:00Z', 2)).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'])
    expect(fires(options, '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
    // Asked from within the second coming of the hour, what has fired stays fired.
    expect(fires(options, '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:30:00.000Z'])
  })

  it('continues after a repeated hour', () => {
    const options = { minute: '*/30', timezone: 'America/New_York' }
    expect(fires(options, '2026-11-01T05:10:00Z', 3)).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T07:00:00.000Z',
      '2026-11-01T07:30:00.000Z',
    ])
  })

  it('through every shift fires each matching wall time once, in order, and nothing else', () => {
    const zones = [
      'Europe/Paris',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Casablanca',
      'UTC',
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 10 * 365 * 24 * 3600 }),
        (timezone, hour, minute, offset) => {
          const next = createNextFire(mustRead({ hour, minute, timezone }))
          const from = Date.parse('2024-01-01T00:00:00Z') + offset * 1000
          const found = listFires(next, from, 400)
          const days = found.map((at) => DateTime.fromMillis(at, { zone: timezone }))
          for (const [index, day] of days.entries()) {
            const exact = day.hour === hour && day.minute === minute
            // A skipped wall time: the clock jumped over it at this very second.
            const atShift = day.offset !== day.minus({ seconds: 1 }).offset
            if (!exact && !atShift) throw new Error(`${day.toISO()} is not ${hour}:${minute}`)
            const before = days[index - 1]
            if (before && day.startOf('day').diff(before.startOf('day'), 'days').days !== 1) {
              throw new Error(`${before.toISO()} is followed by ${day.toISO()}`)
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('never fires before the given time, and is the same from any earlier second', () => {
    const step = fc.integer({ min: 1, max: 30 })
    fc.assert(
      fc.property(step, step, fc.constantFrom('UTC', 'Europe/London'), fc.nat(4e8), (a, b, timezone, offset) => {
        const next = createNextFire(mustRead({ minute: `*/${a}`, second: `*/${b}`, timezone }))
        const from = Date.parse('2024-01-01T00:00:00Z') + offset * 1000
        const fire = next(from)
        if (fire === null || fire < from) throw new Error('fired in the past')
        expect(next(fire)).toBe(fire)
        expect(next(Math.floor((from + fire) / 2))).toBe(fire)
      }),
    )
  })
})

describe('readSchedule', () => {
  it('is null when no field is given', () => {
    expect(readSchedule({}, 0)).toBeNull()
    expect(readSchedule({ minute: null }, 0)).toBeNull()
  })

  it.each([
    [{ minute: '60' }, 'minute'],
    [{ minute: '5-2' }, 'minute'],
    [{ minute: '*/0' }, 'minute'],
    [{ hour: '*/24' }, 'hour'],
    [{ month: 'jan-mar/2' }, 'month'],
    [{ day: '6th fri' }, 'day'],
    [{ day_of_week: 'funday' }, 'day_of_week'],
    [{ minute: '' }, 'minute'],
    [{ minute: 1, timezone: 'Mars/Olympus' }, 'timezone'],
    [{ minute: 1, start_date: 'some day' }, 'start_date'],
  ])('refuses %j naming %s', (options, field) => {
    expect(() => readSchedule(options, 0)).toThrow(expect.objectContaining({ code: 'INVALID_SCHEDULE', field }))
  })

  it('refuses dates without any field: the original would have synced every second', () => {
    expect(() => readSchedule({ start_date: '2026-01-01' }, 0)).toThrow(/at least one of/)
  })

  it('is idempotent: it reads back what it returns', () => {
    for (const vector of vectors) {
      const once = mustRead(vector.cron_options)
      expect(mustRead(once)).toEqual(once)
    }
  })
})

/** The least of a few measurements: what the work itself costs. */
async function leastTime(work: () => unknown): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 5; round++) times.push(await cpuMs(work))
  return Math.min(...times)
}

function nextFires(vector: Vector): number[] {
  return listFires(createNextFire(mustRead(vector.cron_options)), Date.parse(vector.now), 5)
}

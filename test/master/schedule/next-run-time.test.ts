import { describe, expect, it } from 'vitest'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import { nextAfterFire, nextRunTime } from '../../../master/schedule/next-run-time.ts'

const AT = '2026-11-24T12:00:00.000Z'
const next = (options: Parameters<typeof readSchedule>[0], enabled = true) =>
  nextRunTime({ key: 'debian-k', enabled, cron_options: readSchedule(options, 0) }, Date.parse(AT))

describe('the next run of a project', () => {
  it.each<[string, Parameters<typeof readSchedule>[0], string | null]>([
    ['comes at the next fire time', { minute: 30 }, '2026-11-24T12:30:00.000Z'],
    ['comes at this very moment when that is a fire time', { minute: 0 }, AT],
    ['comes not before the start of its schedule', { hour: 0, start_date: '2027-01-01' }, '2027-01-01T00:00:00.000Z'],
    ['does not come when its schedule is over', { hour: 0, end_date: '2026-01-01' }, null],
    ['does not come without a schedule', {}, null],
  ])('%s', (_name, options, expected) => {
    expect(next(options)).toBe(expected)
  })

  it('does not come when the project is disabled', () => {
    expect(next({ minute: 30 }, false)).toBeNull()
  })
})

describe('the next run of a project with jitter', () => {
  const HOUR_MS = 3_600_000
  const schedule = readSchedule({ minute: 0 }, 0)
  const jittered = (at: number, key = 'debian-k', jitter_s = 1200) =>
    Date.parse(nextRunTime({ key, enabled: true, cron_options: schedule, jitter_s }, at) ?? '')

  it('comes at most so much later, once for each fire time, and each time by another delay', () => {
    const runs: number[] = []
    for (let at = Date.parse(AT); runs.length < 50; at = (runs.at(-1) ?? 0) + 1) runs.push(jittered(at))
    const delays = runs.map((run) => run % HOUR_MS)
    for (const [index, run] of runs.entries()) expect(run - (delays[index] ?? 0)).toBe(Date.parse(AT) + index * HOUR_MS)
    for (const delay of delays) expect(delay).toBeLessThanOrEqual(1_200_000)
    expect(new Set(delays).size).toBe(50)
  })

  it('keeps its place when it is asked for again, also after the fire time', () => {
    const run = jittered(Date.parse(AT))
    for (const at of [Date.parse(AT) + 1, run - 1, run]) expect(jittered(at)).toBe(run)
    expect(jittered(run + 1)).toBeGreaterThanOrEqual(Date.parse(AT) + HOUR_MS)
  })

  it('differs between projects, and is the fire time without jitter', () => {
    const places = new Set(Array.from({ length: 50 }, (_, index) => jittered(Date.parse(AT), `p${index}`)))
    expect(places.size).toBe(50)
    expect(nextRunTime({ key: 'x', enabled: true, cron_options: schedule, jitter_s: null }, Date.parse(AT))).toBe(AT)
  })
})

describe('the next run of a project with an interval', () => {
  const hourly = { key: 'debian-k', enabled: true, cron_options: null, interval_s: 3600 }
  const ended = (finished_at: string | null) => ({ ...hourly, last_run: { finished_at } })
  const at = (project: Parameters<typeof nextRunTime>[0]) => nextRunTime(project, Date.parse(AT))

  it.each<[string, Parameters<typeof nextRunTime>[0], string | null]>([
    ['comes so long after the end of the last', ended('2026-11-24T11:45:00.000Z'), '2026-11-24T12:45:00.000Z'],
    ['comes at once when that is over', ended('2026-11-24T09:00:00.000Z'), AT],
    ['comes at once before the first', hourly, AT],
    ['is not known while one has not ended', { ...ended('2026-11-24T09:00:00.000Z'), active_runs: ['r'] }, null],
    ['does not come when the project is disabled', { ...hourly, enabled: false }, null],
    [
      'does not wait for an end that the clock has yet to reach',
      ended('2036-01-01T00:00:00.000Z'),
      '2026-11-24T13:00:00.000Z',
    ],
  ])('%s', (_name, project, expected) => {
    expect(at(project)).toBe(expected)
  })

  it('is not known when it has just been used up', () => {
    expect(nextAfterFire(ended('2026-11-24T11:00:00.000Z'), Date.parse(AT))).toBeNull()
  })

  it('comes later by its jitter, the same each time that it is asked for', () => {
    const jittered = { ...ended('2026-11-24T11:45:00.000Z'), jitter_s: 600 }
    const delay = Date.parse(at(jittered) ?? '') - Date.parse('2026-11-24T12:45:00.000Z')
    expect(delay).toBeGreaterThan(0)
    expect(delay).toBeLessThanOrEqual(600_000)
    expect(at(jittered)).toBe(at(jittered))
  })
})

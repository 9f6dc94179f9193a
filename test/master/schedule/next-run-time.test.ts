import { describe, expect, it } from 'vitest'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import { nextRunTime } from '../../../master/schedule/next-run-time.ts'

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

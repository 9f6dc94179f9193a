import { describe, expect, it } from 'vitest'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import { nextRunTime } from '../../../master/schedule/next-run-time.ts'

const AT = '2026-11-24T12:00:00.000Z'
const next = (options: Parameters<typeof readSchedule>[0], enabled = true) =>
  nextRunTime({ enabled, cron_options: readSchedule(options, 0) }, Date.parse(AT))

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

import { describe, expect, it } from 'vitest'
import { previewSchedule } from '../../../master/services/schedule-preview.ts'

const FROM = Date.parse('2026-11-24T12:00:00Z')

describe('the preview of a schedule', () => {
  it('has all eight fields with their defaults, and no more', () => {
    expect(previewSchedule({ hour: 6, timezone: 'Europe/Paris', start_date: 'tomorrow' }, FROM, 1).fields).toEqual({
      year: '*',
      month: '*',
      day: '*',
      week: '*',
      day_of_week: '*',
      hour: '6',
      minute: '0',
      second: '0',
    })
  })

  it('has as many fire times as asked for, from the moment on', () => {
    expect(previewSchedule({ hour: '*/6' }, FROM, 3).fires).toEqual([
      '2026-11-24T12:00:00.000Z',
      '2026-11-24T18:00:00.000Z',
      '2026-11-25T00:00:00.000Z',
    ])
  })

  it('has fewer fire times when the schedule ends, or never fires', () => {
    expect(previewSchedule({ hour: 18, end_date: '2026-11-25 19:00' }, FROM, 5).fires).toHaveLength(2)
    expect(previewSchedule({ month: 2, day: 30 }, FROM, 5).fires).toEqual([])
  })

  it('reads its dates from the moment on, in its own time zone', () => {
    const fires = previewSchedule({ hour: 6, timezone: 'Europe/Paris', start_date: 'in 48 hours' }, FROM, 1).fires
    expect(fires).toEqual(['2026-11-27T05:00:00.000Z'])
  })

  it('refuses a schedule of no fields, and names a field that is wrong', () => {
    expect(() => previewSchedule({}, FROM, 1)).toThrow(expect.objectContaining({ code: 'INVALID_SCHEDULE' }))
    expect(() => previewSchedule({ minute: 61 }, FROM, 1)).toThrow(
      expect.objectContaining({ code: 'INVALID_SCHEDULE', field: 'minute' }),
    )
  })
})

// The route that previews a schedule.

import { describe, expect, it } from 'vitest'
import { startTestMaster } from '../../helpers/master.ts'

describe('preview_schedule', () => {
  it('shows the fields and the next times, and stores nothing', async () => {
    const master = await startTestMaster()
    const answer = await master.ask('/preview_schedule/', {
      hour: 3,
      timezone: 'Europe/Paris',
      now: '2026-06-01T00:00:00Z',
      count: 2,
    })
    expect(answer.body).toEqual({
      method: 'preview_schedule',
      success: true,
      fields: { year: '*', month: '*', day: '*', week: '*', day_of_week: '*', hour: '3', minute: '0', second: '0' },
      fires: ['2026-06-01T01:00:00.000Z', '2026-06-02T01:00:00.000Z'],
    })
    expect((await master.ask('/preview_schedule/', { year: 2026, now: '2026-06-01T00:00:00Z' })).body.fires).toEqual([])
    expect((await master.ask('/preview_schedule/', { minute: '99' })).body).toMatchObject({
      error: { field: 'minute' },
    })
    expect((await master.ask('/preview_schedule/', { minute: '5', now: 'yesterday' })).body).toMatchObject({
      error: { field: 'now' },
    })
  })
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { createStaleWatch, staleAt } from '../../../master/outlets/stale-watch.ts'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import { until } from '../../../scripts/sample/until.ts'
import type { CronOptions } from '../../../shared/schemas/schedule.ts'
import { startTestMaster } from '../../helpers/master.ts'
import { addUnreachable } from '../../helpers/runs.ts'

/** When a project that last succeeded `since` is stale; it was added a year before. */
function staleTime(options: CronOptions, since: string | null, createdAt = '2025-01-01T00:00:00.000Z'): string | null {
  const at = staleAt({ cron_options: readSchedule(options, 0), last_success_at: since, created_at: createdAt })
  return at === null ? null : new Date(at).toISOString()
}

describe('a project is stale', () => {
  it.each<[string, CronOptions, string, string]>([
    ['two periods after the next fire time', { hour: 6 }, '2026-01-01T06:10:00.000Z', '2026-01-04T06:00:00.000Z'],
    [
      'two periods after the next fire time, not the one of the success itself',
      { hour: 6 },
      '2026-01-01T06:00:00.000Z',
      '2026-01-04T06:00:00.000Z',
    ],
    [
      'later when the next period is long, as over a weekend',
      { hour: 6, day_of_week: 'mon-fri' },
      '2026-01-01T06:10:00.000Z',
      '2026-01-08T06:00:00.000Z',
    ],
    ['soon when its period is short', { minute: '*/10' }, '2026-01-01T06:05:00.000Z', '2026-01-01T06:30:00.000Z'],
  ])('%s', (_name, options, since, expected) => {
    expect(staleTime(options, since)).toBe(expected)
  })

  it('counted from when it was added, as long as it never succeeded', () => {
    expect(staleTime({ hour: 6 }, null, '2026-01-01T06:10:00.000Z')).toBe('2026-01-04T06:00:00.000Z')
  })

  it.each<[string, CronOptions]>([
    ['without a schedule', {}],
    ['when it does not fire any more', { hour: 6, end_date: '2025-12-31' }],
    ['when it fires only once more', { hour: 6, end_date: '2026-01-02 06:00' }],
  ])('never %s', (_name, options) => {
    expect(staleTime(options, '2026-01-01T06:10:00.000Z')).toBeNull()
  })
})

it('a project whose Release expires within a day is told once, and again when the next one does', async () => {
  const master = await startTestMaster()
  const { store, events } = master.context
  await addUnreachable(master, 'p')
  const { key } = (await store.findProject('p')) ?? { key: '' }
  const clock = { now: Date.parse('2026-11-29T00:00:00Z') }
  const told: string[] = []
  events.on('project.expiring', ({ valid_until }) => void told.push(valid_until))
  let looks = 0
  const watch = createStaleWatch({
    store,
    events,
    isLead: () => {
      looks += 1
      return true
    },
    now: () => clock.now,
    everyMs: 10,
    onError: () => {},
  })
  watch.start()
  onTestFinished(watch.stop)
  const look = async () => {
    const before = looks
    await until('another look', () => looks > before + 4)
  }
  const set = (valid_until: string) => store.updateProject(key, (project) => ({ ...project, valid_until }))
  await set('2026-11-30T12:00:00.000Z')
  await look()
  expect(told).toEqual([])
  clock.now = Date.parse('2026-11-29T12:00:00Z')
  await look()
  await look()
  expect(told).toEqual(['2026-11-30T12:00:00.000Z'])
  await set('2026-12-07T12:00:00.000Z')
  await look()
  expect(told).toHaveLength(1)
  clock.now = Date.parse('2026-12-08T00:00:00Z')
  await look()
  expect(told).toEqual(['2026-11-30T12:00:00.000Z', '2026-12-07T12:00:00.000Z'])
})

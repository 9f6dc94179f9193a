import { expect, it } from 'vitest'
import { describeAction } from '../../../master/audit/actions.ts'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { project } from '../../helpers/stored.ts'

const byClock = project('debian', { cron_options: readSchedule({ hour: 6 }, 0), interval_s: null })
const byInterval = project('debian', { cron_options: null, interval_s: 3600 })

function fieldsOf(url: string, given: object, before: StoredProject, after: StoredProject): string[] {
  const [was, is] = [before, after].map((one) => ({ project: one, role: null }))
  if (was === undefined || is === undefined) throw new Error('both are given')
  const { change } = describeAction(url, { given: { id: 'debian', ...given }, answered: {}, before: was, after: is })
  return change.map(({ field }) => field)
}

it('an interval and the schedule that it takes the place of are both in the audit list, and the other way round', () => {
  expect(fieldsOf('/update_project/basic', { interval_s: 3600 }, byClock, byInterval)).toEqual([
    'interval_s',
    'cron_options',
  ])
  expect(fieldsOf('/update_project/schedule', { hour: 6 }, byInterval, byClock)).toEqual(['cron_options', 'interval_s'])
})

it('a field that stays as it was is not in the audit list', () => {
  expect(fieldsOf('/update_project/basic', { interval_s: 3600 }, byInterval, byInterval)).toEqual([])
  expect(fieldsOf('/update_project/schedule', { hour: 6 }, byClock, byClock)).toEqual([])
})

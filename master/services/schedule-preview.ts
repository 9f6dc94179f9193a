// What a schedule would do, without storing it.

import { InvalidSchedule } from '../../shared/errors.ts'
import type { CronOptions, FieldTexts } from '../../shared/schemas/schedule.ts'
import { createNextFire, listFires, readSchedule, showSchedule } from '../schedule/fire-times.ts'

/** All eight fields with the defaults, and the next fire times at or after `from` (ms since 1970) in ISO 8601. */
export interface SchedulePreview {
  fields: FieldTexts
  fires: string[]
}

/** @throws {InvalidSchedule} naming the field that is wrong. */
export function previewSchedule(options: CronOptions, from: number, count: number): SchedulePreview {
  const schedule = readSchedule(options, from)
  if (schedule === null)
    throw new InvalidSchedule('Give at least one field, such as minute; without any there is no schedule.')
  const { start_date: _start, end_date: _end, timezone: _zone, ...fields } = showSchedule(schedule)
  return { fields, fires: listFires(createNextFire(schedule), from, count).map((at) => new Date(at).toISOString()) }
}

// Shows what a schedule would do, without storing it.

import { InvalidSchedule } from '../../shared/errors.ts'
import type { CronOptions, FieldTexts } from '../../shared/schemas/schedule.ts'
import { createNextFire, listFires, readSchedule, showSchedule } from '../schedule/fire-times.ts'

/** All eight fields with their defaults, and the next fire times in ISO 8601, from `from` (ms since 1970) on. */
export interface SchedulePreview {
  fields: FieldTexts
  fires: string[]
}

/** @throws {InvalidSchedule} that names the field that is wrong. */
export function previewSchedule(options: CronOptions, from: number, count: number): SchedulePreview {
  const schedule = readSchedule(options, from)
  if (schedule === null) throw new InvalidSchedule('Give at least one field, such as minute; a schedule needs one.')
  const { start_date: _start, end_date: _end, timezone: _zone, ...fields } = showSchedule(schedule)
  return { fields, fires: listFires(createNextFire(schedule), from, count).map((at) => new Date(at).toISOString()) }
}

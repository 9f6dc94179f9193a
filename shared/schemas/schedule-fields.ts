// The names of a schedule's fields, in reading order.

export const SCHEDULE_FIELDS = [
  'year',
  'month',
  'week',
  'day',
  'day_of_week',
  'hour',
  'minute',
  'second',
  'start_date',
  'end_date',
  'timezone',
] as const
export type ScheduleField = (typeof SCHEDULE_FIELDS)[number]

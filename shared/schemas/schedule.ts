// The cron-like schedule of a project, in requests and in answers.

import Type, { type Static } from 'typebox'
import { Nullable, Strict, Timestamp } from './common.ts'

/** The eight fields of a schedule, most significant first; the defaults depend on this order. */
export const FIELD_NAMES = ['year', 'month', 'day', 'week', 'day_of_week', 'hour', 'minute', 'second'] as const
export type FieldName = (typeof FIELD_NAMES)[number]

const Expression = Type.Optional(
  Nullable(
    Type.Union([Type.String({ maxLength: 256 }), Type.Integer()], {
      description: 'a cron expression such as "*/5", "1-5", "last fri" or 30',
    }),
  ),
)
const DateText = Type.Optional(
  Nullable(
    Type.String({ maxLength: 128, description: 'a date and time, such as "2026-12-24 18:00" or "tomorrow at 5pm"' }),
  ),
)

/** What a request may say of a schedule; every field may be left out or null. */
export const scheduleProperties = {
  year: Expression,
  month: Expression,
  day: Expression,
  week: Expression,
  day_of_week: Expression,
  hour: Expression,
  minute: Expression,
  second: Expression,
  start_date: DateText,
  end_date: DateText,
  timezone: Type.Optional(
    Nullable(Type.String({ maxLength: 64, description: 'an IANA time zone such as "Europe/Paris"' })),
  ),
}
export const CronOptions = Strict(scheduleProperties)
export type CronOptions = Static<typeof CronOptions>

export const FieldTexts = Type.Object({
  year: Type.String(),
  month: Type.String(),
  day: Type.String(),
  week: Type.String(),
  day_of_week: Type.String(),
  hour: Type.String(),
  minute: Type.String(),
  second: Type.String(),
})
export type FieldTexts = Static<typeof FieldTexts>

/** A checked schedule as it is stored and shown: all eight fields, and the others that are set. */
export const Schedule = Type.Object({
  ...FieldTexts.properties,
  start_date: Type.Optional(Timestamp),
  end_date: Type.Optional(Timestamp),
  timezone: Type.Optional(Type.String()),
})
export type Schedule = Static<typeof Schedule>

// Hours of the day with a limit on what a project takes from its upstream.

import Type, { type Static } from 'typebox'
import { Nullable } from './common.ts'

const time = (pattern: string, description: string) => Type.String({ pattern, description })

/** From one time of day to another, in the time zone of the project's schedule; over midnight where `to` is before `from`. */
export const BandwidthWindow = Type.Object(
  {
    from: time('^([01]\\d|2[0-3]):[0-5]\\d$', 'a time of day such as "08:00"'),
    to: time('^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$', 'a time of day such as "18:00", or "24:00"'),
    /** Bytes in a second as rsync's --bwlimit takes them: in units of 1024 bytes without a letter. */
    limit: Type.String({
      pattern: '^(?=.*[1-9])\\d{1,9}(\\.\\d{1,3})?[kKmMgG]?$',
      description: 'a rate such as "500k" or "10m" (a second)',
    }),
  },
  { additionalProperties: false },
)
export type BandwidthWindow = Static<typeof BandwidthWindow>

export const Bandwidth = Nullable(
  Type.Array(BandwidthWindow, {
    maxItems: 24,
    description: 'a list of {"from": "08:00", "to": "18:00", "limit": "10m"}, or null for no limit',
  }),
)
export type Bandwidth = Static<typeof Bandwidth>

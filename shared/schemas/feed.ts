// The feeds for mirror front pages: tunasync's status list and mirrorz's site description.

import Type, { type Static } from 'typebox'

/** The statuses of tunasync that a project here can have. */
export const TUNASYNC_STATUSES = ['none', 'failed', 'success', 'syncing', 'pre-syncing', 'paused', 'disabled'] as const
export type TunasyncStatus = (typeof TUNASYNC_STATUSES)[number]

const Seconds = Type.Integer({ description: 'seconds since 1970' })

/** One project in /status.json (tunasync, internal/status_web.go). Times are `2006-01-02 15:04:05 -0700`. */
export const TunasyncMirror = Type.Object({
  name: Type.String(),
  is_master: Type.Boolean(),
  status: Type.Enum(TUNASYNC_STATUSES),
  last_update: Type.String(),
  last_update_ts: Seconds,
  last_started: Type.String(),
  last_started_ts: Seconds,
  last_ended: Type.String(),
  last_ended_ts: Seconds,
  next_schedule: Type.String(),
  next_schedule_ts: Seconds,
  upstream: Type.String(),
  size: Type.String(),
})
export type TunasyncMirror = Static<typeof TunasyncMirror>

/** One project in /mirrorz.json. `status` is a series of letters, each with its time in seconds since 1970. */
export const MirrorzMirror = Type.Object({
  cname: Type.String(),
  desc: Type.String(),
  url: Type.String(),
  status: Type.String({ pattern: '^[SDYFPU]\\d*([XNO]\\d+)*$' }),
  help: Type.String(),
  upstream: Type.String(),
  size: Type.String(),
})
export type MirrorzMirror = Static<typeof MirrorzMirror>

/** mirrorz 1.7 (github.com/mirrorz-org/mirrorz, README). */
export const Mirrorz = Type.Object({
  version: Type.Number(),
  site: Type.Object({
    url: Type.String(),
    abbr: Type.String(),
    name: Type.String(),
    homepage: Type.String(),
    email: Type.String(),
  }),
  info: Type.Array(Type.Unknown()),
  mirrors: Type.Array(MirrorzMirror),
})
export type Mirrorz = Static<typeof Mirrorz>

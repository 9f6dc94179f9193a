// A probe: what is asked of an upstream before it is scanned, and what was read when a generation was made.

import Type, { type Static } from 'typebox'
import { Timestamp } from './common.ts'

/** A small file below the project's module, or an address. What else it must be is checked by `assertProbe`. */
const alternatives = [
  Type.Object(
    {
      file: Type.String({
        minLength: 1,
        maxLength: 1024,
        description: 'a path below rsync_module, such as "lastupdate"',
      }),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { url: Type.String({ maxLength: 2048, description: 'an http(s) address' }) },
    { additionalProperties: false },
  ),
] as const
const Probe = Type.Union([...alternatives])
export type Probe = Static<typeof Probe>

/** What a request may say: `auto` leaves it to the layout. */
export const ProbeSetting = Type.Union([Type.Literal('auto'), ...alternatives], {
  description: 'null, "auto", {"file": path} or {"url": address}',
})
export type ProbeSetting = Static<typeof ProbeSetting>

/** What was read, by name: an ETag, a time, a sum. Two readings are compared by the kind of probe that made them. */
export const ProbeValue = Type.Record(Type.String(), Type.String())
export type ProbeValue = Static<typeof ProbeValue>

/** The reading that belongs to a generation. */
export const Probed = Type.Object({
  /** Read before the scan that made the generation. */
  value: ProbeValue,
  /** The tag of that generation. The reading counts for nothing while the fleet serves another one. */
  tag: Type.String(),
  /** The digest of the project's settings at the time: with other settings the upstream is scanned. */
  settings: Type.String(),
  /** When the upstream was scanned. */
  scanned_at: Timestamp,
})
export type Probed = Static<typeof Probed>

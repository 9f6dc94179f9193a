// Mirrors that pull from this one, and are told when there is something new.

import Type, { type Static } from 'typebox'
import { Nullable } from './common.ts'

const url = Type.String({
  maxLength: 2048,
  pattern: '^https?://[^/?#@\\s]+([/?#]\\S*)?$',
  description: 'an http(s) address without a log-in',
})

const secret = Type.String({
  minLength: 16,
  maxLength: 256,
  pattern: '^[!-~]*$',
  description: '16 to 256 printable characters without blanks, or null',
})

/** As a request gives it. A secret that is left out stays, for an address that is there already. */
export const DownstreamInput = Type.Object(
  { url, secret: Type.Optional(Nullable(secret)) },
  { additionalProperties: false },
)
export type DownstreamInput = Static<typeof DownstreamInput>

export const DownstreamsInput = Type.Array(DownstreamInput, {
  maxItems: 32,
  description: 'a list of at most 32 downstreams {url, secret}',
})

/** As answers show it. */
export const DownstreamView = Type.Object({ url: Type.String(), has_secret: Type.Boolean() })

/** As it is stored; the secret is encrypted. */
export const StoredDownstream = Type.Object({ url: Type.String(), secret: Nullable(Type.String()) })
export type StoredDownstream = Static<typeof StoredDownstream>

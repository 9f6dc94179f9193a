// Further upstreams of a project: tried in their order when the first one cannot be reached.

import Type, { type Static } from 'typebox'
import { Nullable } from './common.ts'
import { upstreamProperties } from './upstream-fields.ts'

const { rsync_host, rsync_module, ...more } = upstreamProperties

/** As a request gives it. A password that is left out stays, for an upstream whose other fields are as before. */
export const UpstreamInput = Type.Object({ rsync_host, rsync_module, ...more }, { additionalProperties: false })
export type UpstreamInput = Static<typeof UpstreamInput>

export const UpstreamsInput = Type.Array(UpstreamInput, {
  maxItems: 16,
  description: 'a list of at most 16 upstreams {rsync_host, rsync_module, rsync_port, rsync_user, rsync_password}',
})

const shown = {
  rsync_host: Type.String(),
  rsync_port: Type.Integer(),
  rsync_module: Type.String(),
  rsync_user: Nullable(Type.String()),
}

/** As answers show it. */
export const UpstreamView = Type.Object({ ...shown, has_password: Type.Boolean() })

/** As it is stored; the password is encrypted. */
export const StoredUpstream = Type.Object({ ...shown, rsync_password: Nullable(Type.String()) })
export type StoredUpstream = Static<typeof StoredUpstream>

// How rsync reaches a project's upstreams, besides their hosts and ports.

import Type, { type Static } from 'typebox'
import { TRANSPORTS } from './choices.ts'
import { Nullable } from './common.ts'

/** As requests give them and answers show them. Null or missing: as the machine's routes say. */
export const connectionProperties = {
  /** The address of this machine that connections come from. */
  address: Type.Optional(
    Nullable(
      Type.String({ minLength: 2, maxLength: 45, description: 'an IPv4 or IPv6 address of the master, or null' }),
    ),
  ),
  /** An HTTP proxy that is asked to connect; only root may name one. */
  proxy: Type.Optional(
    Nullable(
      Type.String({
        pattern: '^[A-Za-z0-9._-]{1,253}:[0-9]{1,5}$',
        description: 'an HTTP proxy as host:port, without a log-in, or null',
      }),
    ),
  ),
  /** What carries rsync's own protocol. Missing: nothing, as `rsync`. */
  transport: Type.Optional(Type.Enum(TRANSPORTS, { description: `one of ${TRANSPORTS.join(', ')}` })),
}

const ProjectConnection = Type.Object(connectionProperties)
export type ProjectConnection = Static<typeof ProjectConnection>

/** The connection of a project, with what stands for what it does not set. */
export function connectionOf(from: ProjectConnection): Required<ProjectConnection> {
  const { address = null, proxy = null, transport = 'rsync' } = from
  return { address, proxy, transport }
}

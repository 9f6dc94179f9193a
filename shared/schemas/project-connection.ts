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
  /** The host key of the upstream, for `ssh`: its kind and the key. */
  ssh_known_host: Type.Optional(
    Nullable(
      Type.String({
        pattern: '^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,2000}={0,3}$',
        description: 'a host key such as "ssh-ed25519 AAAA…", or null',
      }),
    ),
  ),
}

/** As a request gives it: a private key, for `ssh`. It is never shown. */
export const SshKey = Type.Optional(
  Nullable(Type.String({ maxLength: 16_384, description: 'a private key as ssh-keygen writes it, or null' })),
)

const ProjectConnection = Type.Object(connectionProperties)
export type ProjectConnection = Static<typeof ProjectConnection>

/** The connection of a project, with what stands for what it does not set. */
export function connectionOf(from: ProjectConnection): Required<ProjectConnection> {
  const { address = null, proxy = null, transport = 'rsync', ssh_known_host = null } = from
  return { address, proxy, transport, ssh_known_host }
}

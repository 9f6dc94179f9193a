// Checks how a project reaches its upstreams, and who may say so.

import { isDeepStrictEqual } from 'node:util'
import type { Settings } from '../../settings.ts'
import { atField, InvalidInput, RoleForbidden } from '../../shared/errors.ts'
import type { Problems } from '../../shared/problems.ts'
import { assertAddress, assertProxy } from '../../shared/rsync/connection.ts'
import { isPlainPath } from '../../shared/rsync/ssh-connection.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Identity } from '../users/roles.ts'

/** What is wrong goes to `problems`. `before` is the project as it is stored, for a change. */
export function checkConnection(
  by: Identity,
  project: StoredProject,
  problems: Problems,
  { before, settings }: { before: StoredProject | undefined; settings: Pick<Settings, 'DATA_DIR'> },
): void {
  const { address, proxy } = project
  problems.try(() => address && assertAddress(address))
  problems.try(() => proxy && assertProxy(proxy))
  if (project.transport === 'ssh') checkSsh(project, settings, problems)
  problems.try(() => assertMayUseProxy(by, project, before))
}

/** What ssh needs, and what does not go with it. */
function checkSsh(project: StoredProject, { DATA_DIR }: Pick<Settings, 'DATA_DIR'>, problems: Problems): void {
  const { rsync_user, ssh_key, ssh_known_host, proxy, upstreams = [] } = project
  const refuse = (field: string, reason: string) =>
    problems.try(() => {
      throw atField(new InvalidInput(`${field}: ${reason}`), field)
    })
  if (rsync_user === null) refuse('rsync_user', 'is missing; the transport ssh logs in as this user')
  if (!ssh_key) refuse('ssh_key', 'is missing; the transport ssh logs in by it')
  if (!ssh_known_host) refuse('ssh_known_host', 'is missing; the transport ssh knows the upstream by it')
  if (proxy) refuse('proxy', 'does not go with the transport ssh')
  if (upstreams.length > 0) refuse('upstreams', 'do not go with the transport ssh, whose host key is that of one host')
  if (!isPlainPath(DATA_DIR)) refuse('transport', 'ssh needs a DATA_DIR of letters, digits and . _ / - alone')
}

/**
 * A proxy may reach hosts that the master does not. What root has named may stay, for the upstreams that it was named for.
 *
 * @throws {RoleForbidden}
 */
function assertMayUseProxy(by: Identity, project: StoredProject, before: StoredProject | undefined): void {
  if (!project.proxy || by.role === 'root') return
  if (project.proxy !== before?.proxy) throw forbidden('only a user with the role root may set it')
  if (!isDeepStrictEqual(placesOf(project), placesOf(before)))
    throw forbidden('only a user with the role root may change the upstreams of a project with a proxy')
}

function placesOf({ rsync_host, rsync_port, upstreams = [] }: StoredProject): unknown {
  return [{ rsync_host, rsync_port }, ...upstreams.map(({ rsync_host, rsync_port }) => ({ rsync_host, rsync_port }))]
}

function forbidden(reason: string): Error {
  return atField(new RoleForbidden(`proxy: ${reason}`), 'proxy')
}

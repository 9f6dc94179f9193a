// Checks how a project reaches its upstreams, and who may say so.

import { isDeepStrictEqual } from 'node:util'
import { atField, RoleForbidden } from '../../shared/errors.ts'
import type { Problems } from '../../shared/problems.ts'
import { assertAddress, assertProxy } from '../../shared/rsync/connection.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Identity } from '../users/roles.ts'

/** What is wrong goes to `problems`. `before` is the project as it is stored, for a change. */
export function checkConnection(
  by: Identity,
  project: StoredProject,
  problems: Problems,
  before: StoredProject | undefined,
): void {
  const { address, proxy } = project
  problems.try(() => address && assertAddress(address))
  problems.try(() => proxy && assertProxy(proxy))
  problems.try(() => assertMayUseProxy(by, project, before))
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

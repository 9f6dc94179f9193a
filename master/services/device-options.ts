// Who may have devices copied: pure.

import { isDeepStrictEqual } from 'node:util'
import { atField, RoleForbidden } from '../../shared/errors.ts'
import { bringsDevices } from '../../shared/rsync/options.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'
import type { Identity } from '../users/roles.ts'

type Options = Pick<StoredProject, 'rsync_options' | 'fanout_options'>
type Origin = Pick<StoredProject, 'source' | 'rsync_host' | 'rsync_port' | 'rsync_module' | 'upstreams'>

/**
 * A device from an upstream opens a disk of the node, where that runs as root. What the settings allow may stay, and what root
 * has allowed for this project and its upstreams: a form sends all that it shows.
 *
 * @throws {RoleForbidden} naming the field.
 */
export function assertMayCopyDevices(
  by: Identity,
  wanted: Options & Origin,
  defaults: RsyncOptions,
  before?: Options & Origin,
): void {
  if (by.role === 'root' || bringsDevices(defaults)) return
  const allowed = before !== undefined && isDeepStrictEqual(originOf(before), originOf(wanted)) ? before : null
  for (const field of ['rsync_options', 'fanout_options'] as const) {
    const options = wanted[field]
    // What comes from the upstream may go on to the slaves.
    const known = [allowed?.rsync_options, field === 'fanout_options' ? allowed?.fanout_options : null]
    if (!options || !bringsDevices(options) || known.some((one) => one && bringsDevices(one))) continue
    const message = `${field}: -D and --devices copy devices, which needs the role root, for other upstreams too; leave them out (-a copies none)`
    throw atField(new RoleForbidden(message), field)
  }
}

/** Where the tree comes from. */
function originOf({ source, rsync_host, rsync_port, rsync_module, upstreams = [] }: Origin) {
  const others = upstreams.map((one) => [one.rsync_host, one.rsync_port, one.rsync_module])
  return { source: source ?? null, main: [rsync_host, rsync_port, rsync_module], others }
}

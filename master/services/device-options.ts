// Who may have devices copied: pure.

import { atField, RoleForbidden } from '../../shared/errors.ts'
import { bringsDevices } from '../../shared/rsync/options.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'
import type { Identity } from '../users/roles.ts'

type Options = Pick<StoredProject, 'rsync_options' | 'fanout_options'>

/**
 * A device from an upstream opens a disk of the node, where that runs as root. What the settings, or root for this project, have
 * allowed before may stay: a form sends all that it shows.
 *
 * @throws {RoleForbidden} naming the field.
 */
export function assertMayCopyDevices(by: Identity, wanted: Options, allowed: readonly (RsyncOptions | null)[]): void {
  if (by.role === 'root' || allowed.some((options) => options !== null && bringsDevices(options))) return
  for (const field of ['rsync_options', 'fanout_options'] as const) {
    const options = wanted[field]
    if (!options || !bringsDevices(options)) continue
    const message = `${field}: -D and --devices copy devices, which needs the role root; leave them out (-a copies none)`
    throw atField(new RoleForbidden(message), field)
  }
}

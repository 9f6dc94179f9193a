// How the master connects to a project's upstream.

import type { Settings } from '../../../settings.ts'
import { buildConnection, type Connection } from '../../../shared/rsync/connection.ts'
import { addressFamily } from '../../../shared/rsync/options.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'

/** `project` is as this upstream has it. A certificate may be signed by the fleet's own CA too. */
export function connectionTo({ settings }: { settings: Pick<Settings, 'TLS_CA'> }, project: StoredProject): Connection {
  return buildConnection(project, { family: addressFamily(project.rsync_options), ca: settings.TLS_CA ?? null })
}

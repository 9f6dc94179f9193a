// What the master's own rsyncd serves, where, and to whom.

import path from 'node:path'
import { isLoopback, type Settings } from '../settings.ts'
import type { ChildRegistry } from '../shared/process/child-registry.ts'
import type { DaemonOptions } from '../shared/rsync/daemon.ts'

const MOST_CONNECTIONS = 200

/** One read-only module on DEST_ROOT, for the slaves of these hosts. */
export function daemonOptions(
  settings: Settings,
  password: string,
  hosts: readonly string[],
  children: ChildRegistry,
  onEvent: DaemonOptions['onEvent'],
): DaemonOptions {
  return {
    bin: settings.RSYNC_BIN,
    folder: path.join(settings.DATA_DIR, 'rsyncd'),
    address: isLoopback(settings.MASTER_BIND) ? '127.0.0.1' : settings.MASTER_BIND,
    port: settings.MASTER_RSYNCD_PORT,
    portSetting: 'MASTER_RSYNCD_PORT',
    module: settings.MASTER_RSYNCD_MODULE,
    modulePath: settings.DEST_ROOT,
    user: settings.SLAVE_USER,
    password,
    hosts,
    maxConnections: MOST_CONNECTIONS,
    timeoutS: settings.RSYNC_IO_TIMEOUT_S,
    children,
    onEvent,
  }
}

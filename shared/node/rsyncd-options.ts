// What a node's own rsyncd serves, and where: the same for master and slave, on folders and ports of their own.

import { isIPv6 } from 'node:net'
import path from 'node:path'
import { isLoopback, type Settings } from '../../settings.ts'
import { bareHost } from '../http/url-host.ts'
import type { DaemonOptions } from '../rsync/daemon.ts'

export type RsyncdDeps = Pick<DaemonOptions, 'password' | 'children' | 'onEvent'>

const LEAST_CONNECTIONS = 200
/** A client counts before it has logged in, and until rsyncd has seen that it is gone. */
const CONNECTIONS_PER_SYNC = 2

/** One read-only module, on the master's DEST_ROOT or the slave's SLAVE_PUBLIC_DIR. */
export function rsyncdOptions(
  node: 'master' | 'slave',
  settings: Settings,
  deps: RsyncdDeps,
): Omit<DaemonOptions, 'hosts'> {
  const { dataFolder, bind, portSetting, modulePath } = placeOf(node, settings)
  return {
    ...deps,
    bin: settings.RSYNC_BIN,
    folder: path.join(dataFolder, 'rsyncd'),
    address: isLoopback(bind) && !isIPv6(bareHost(bind)) ? '127.0.0.1' : bareHost(bind),
    port: settings[portSetting],
    portSetting,
    module: settings.MASTER_RSYNCD_MODULE,
    modulePath,
    user: settings.SLAVE_USER,
    connections: {
      atLeast: LEAST_CONNECTIONS,
      perHost: CONNECTIONS_PER_SYNC * settings.SLAVE_MAX_CONCURRENT_SYNCS,
    },
    timeoutS: settings.RSYNC_IO_TIMEOUT_S,
  }
}

function placeOf(node: 'master' | 'slave', settings: Settings) {
  const { DATA_DIR, MASTER_BIND, DEST_ROOT, SLAVE_DATA_DIR, SLAVE_BIND, SLAVE_PUBLIC_DIR } = settings
  return node === 'master'
    ? { dataFolder: DATA_DIR, bind: MASTER_BIND, portSetting: 'MASTER_RSYNCD_PORT' as const, modulePath: DEST_ROOT }
    : {
        dataFolder: SLAVE_DATA_DIR,
        bind: SLAVE_BIND,
        portSetting: 'SLAVE_RSYNCD_PORT' as const,
        modulePath: SLAVE_PUBLIC_DIR,
      }
}

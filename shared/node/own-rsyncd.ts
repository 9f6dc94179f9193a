// A node's own rsyncd, which serves its trees to slaves; it may be switched off, or run by the operator.

import { type Daemon, type DaemonOptions, startDaemon } from '../rsync/daemon.ts'

export interface OwnRsyncd {
  /** Starts it for these hosts; does nothing when it is switched off. @throws {Error} when it does not start. */
  start: (hosts: readonly string[]) => Promise<void>
  stop: () => Promise<void>
  /** Lets these hosts connect, and nobody else. */
  allowHosts: (hosts: readonly string[]) => Promise<void>
  /** Why it does not work; null while it does, or when it is switched off. */
  problem: () => string | null
}

/** `options` is null when the node has no rsyncd of its own. */
export function createOwnRsyncd(options: Omit<DaemonOptions, 'hosts'> | null): OwnRsyncd {
  let daemon: Daemon | null = null
  return {
    start: async (hosts) => {
      if (options !== null) daemon = await startDaemon({ ...options, hosts })
    },
    stop: async () => daemon?.stop(),
    allowHosts: async (hosts) => daemon?.allowHosts(hosts),
    problem: () => {
      const problem = daemon?.problem() ?? null
      return problem === null ? null : `rsyncd: ${problem}`
    },
  }
}

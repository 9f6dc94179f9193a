// The trace files that a slave writes into a tree that it has synced: the master's, as the order has them, and its own.

import { hostname } from 'node:os'
import type { Settings } from '../../settings.ts'
import { showProgram } from '../../shared/node/version.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import { tracePath, traceText } from '../../shared/traces/trace.ts'
import { readArchiveSerial, writeTraces } from '../../shared/traces/write-traces.ts'
import type { TreeTools } from '../../shared/trees/tools.ts'

/** The name that stands for this slave where others may read it. */
export function publicNameOf({ PUBLIC_NAME }: Pick<Settings, 'PUBLIC_NAME'>, slaveId: string): string {
  return PUBLIC_NAME || slaveId.slice(0, slaveId.lastIndexOf(':'))
}

/** The names that this slave's pulls leave alone: the traces of all nodes. */
export function sparedBy(settings: Pick<Settings, 'PUBLIC_NAME'>, { traces, slave_id }: SyncFromMaster): string[] {
  if (traces === undefined) return []
  return [...new Set([...traces.spared, tracePath(traces.trace, publicNameOf(settings, slave_id))])]
}

/** A synced tree, and what is known of the sync. */
interface Synced {
  folder: string
  began: number
  ended: number
  bytes: number
}

/** Returns sentences about traces that could not be written. */
export async function leaveTraces(
  settings: Pick<Settings, 'PUBLIC_NAME' | 'MASTER_HOSTNAME'>,
  { traces, slave_id, upstream, master }: SyncFromMaster,
  { folder, ...facts }: Synced,
  tools: Pick<TreeTools, 'keepTime'>,
): Promise<string[]> {
  if (traces === undefined) return []
  const own = tracePath(traces.trace, publicNameOf(settings, slave_id))
  const text = traceText(traces.trace, {
    ...facts,
    host: hostname(),
    creator: showProgram(),
    trigger: 'master',
    upstream: upstream?.hostname ?? master?.hostname ?? settings.MASTER_HOSTNAME,
    serial: traces.trace.style === 'debian' ? await readArchiveSerial(folder) : null,
  })
  const given = traces.given.filter(({ path }) => path !== own)
  return writeTraces(folder, [...given, { path: own, text }], tools)
}

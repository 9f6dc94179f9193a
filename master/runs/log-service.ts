// Finds the log of a stage: the master's own, the log that a slave has reported, or, while the slave is syncing, its live log.

import { Readable } from 'node:stream'
import { LogNotFound } from '../../shared/errors.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { SlaveClient } from '../stages/slave-client.ts'
import type { Store } from '../store/store.ts'
import type { RunLogs } from './run-logs.ts'

export interface LogServiceDeps {
  store: Store
  logs: RunLogs
  client: SlaveClient
}

export type LogService = ReturnType<typeof createLogService>

export function createLogService({ store, logs, client }: LogServiceDeps) {
  return {
    /**
     * The log of a run's upstream stage, or of the slave with that id. With `follow`, the stream stays open until the
     * stage has ended.
     *
     * @throws {LogNotFound} when there is no log, or the slave cannot be reached.
     */
    read: async (run: Run, slaveId: string | undefined, follow: boolean): Promise<Readable> => {
      const kept = logs.read(run.run, slaveId, follow)
      if (kept !== null) return kept
      const working = run.slaves.some((slave) => slave.slave_id === slaveId && slave.state === 'syncing')
      const slave = (await store.listSlaves()).find((one) => one.id === slaveId)
      if (working && slave !== undefined) {
        const body = await client.log(slave, run.run, follow)
        if (body !== null) return Readable.fromWeb(body)
      }
      throw new LogNotFound(slaveId === undefined ? run.run : `${run.run} on the slave ${slaveId}`)
    },
  }
}

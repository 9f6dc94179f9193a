// Keeps the logs of runs in files, and removes old ones.

import { readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { createLogShelf } from '../../shared/logs/log-shelf.ts'
import type { RunLog } from '../../shared/logs/run-log.ts'
import { makePrivateFolder } from '../../shared/store/durable-file.ts'
import { parseRunId, type Store } from '../store/store.ts'

export type RunLogs = ReturnType<typeof createRunLogs>

/** Keeps `DATA_DIR/logs/KEY/NUMBER.log` and `NUMBER.SLAVE.log` for the newest `retention` runs of each project that are still in the store. */
export function createRunLogs(folder: string, retention: number, store: Pick<Store, 'listRunNumbers'>) {
  const shelf = createLogShelf()
  const folderOf = (key: string) => path.join(folder, key)
  const fileOf = (run: string, slaveId?: string): string => {
    const id = parseRunId(run)
    if (id === null) throw new Error(`"${run}" is not a run id`)
    return path.join(
      folderOf(id.key),
      `${id.number}${slaveId === undefined ? '' : `.${encodeURIComponent(slaveId)}`}.log`,
    )
  }

  return {
    openUpstream: (run: string): RunLog => shelf.open(fileOf(run)),
    /** The log of a run's upstream stage, or of a slave's part of the run; null when there is none. */
    read: (run: string, slaveId: string | undefined, follow: boolean): Readable | null =>
      shelf.read(fileOf(run, slaveId), follow),
    saveSlave: async (run: string, slaveId: string, text: string): Promise<void> => {
      const file = fileOf(run, slaveId)
      await makePrivateFolder(path.dirname(file))
      await writeFile(file, text, { mode: 0o600 })
    },
    /** Removes the logs of a project's runs that are no longer stored, and of the others all but the newest. */
    prune: async (key: string): Promise<void> => {
      const names = await readdir(folderOf(key)).catch(() => [])
      const stored = new Set(await store.listRunNumbers(key))
      const numbers = [...new Set(names.map((name) => Number.parseInt(name, 10)))]
        .filter((number) => stored.has(number))
        .sort((a, b) => b - a)
      const kept = new Set(numbers.slice(0, retention))
      const old = names.filter((name) => !kept.has(Number.parseInt(name, 10)))
      await Promise.all(old.map((name) => rm(path.join(folderOf(key), name), { force: true })))
    },
    removeAll: (key: string): Promise<void> => rm(folderOf(key), { recursive: true, force: true }),
  }
}

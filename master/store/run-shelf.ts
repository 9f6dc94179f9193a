// The runs of every project, in one log each. A log is read on demand, and the least recently used ones leave memory.

import { existsSync } from 'node:fs'
import { LRUCache } from 'lru-cache'
import type { Run } from '../../shared/schemas/run.ts'
import { StoredDocument } from '../../shared/store/document.ts'
import { RecordLog } from '../../shared/store/record-log.ts'
import { repeatedRuns } from '../records/quiet-runs.ts'
import { locate, RunRecord, RunsDocument } from './documents.ts'
import { parseRunId } from './store.ts'

type Runs = RecordLog<typeof RunRecord.schema>

const KEPT_LOGS = 256

/** Stores runs durably. A change writes one run only. */
export class RunShelf {
  readonly #folder: string
  /** Logs that are being read or were read recently. `#writing` keeps those that are being written. */
  readonly #logs = new LRUCache<string, Promise<Runs>>({ max: KEPT_LOGS })
  /** Logs that are being written. One that has left `#logs` meanwhile must not be read again before the write is done. */
  readonly #writing = new Map<string, { log: Promise<Runs>; writers: number }>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async list(key: string): Promise<readonly Run[]> {
    return (await this.#open(key)).list()
  }

  async find(run: string): Promise<Run | null> {
    const id = parseRunId(run)
    return id === null ? null : (await this.#open(id.key)).find(run)
  }

  /** The run, or the next one of its project when it is no longer kept; null when there is none. */
  async findFrom(run: string): Promise<Run | null> {
    const id = parseRunId(run)
    if (id === null) return null
    return (await this.list(id.key)).find((one) => (parseRunId(one.run)?.number ?? 0) >= id.number) ?? null
  }

  /** Adds or replaces a run; see `Store.saveRun`. Returns the ids of the runs that were dropped. */
  save(key: string, run: Run, history: number): Promise<string[]> {
    return this.#write(key, async (log) => {
      const dropped = await log.put([run], history)
      return [...dropped, ...dropRepeated(log)]
    })
  }

  async addAll(key: string, added: readonly Run[]): Promise<void> {
    if (added.length > 0) await this.#write(key, (log) => log.put(added, Number.POSITIVE_INFINITY))
  }

  async remove(key: string): Promise<void> {
    await this.#write(key, (log) => log.remove())
    this.#logs.delete(key)
  }

  async settle(): Promise<void> {
    for (const { log } of this.#writing.values()) await (await log).settle()
  }

  async #write<T>(key: string, work: (log: Runs) => Promise<T>): Promise<T> {
    const held = this.#writing.get(key) ?? { log: this.#open(key), writers: 0 }
    this.#writing.set(key, held)
    held.writers += 1
    try {
      return await work(await held.log)
    } finally {
      held.writers -= 1
      if (held.writers === 0) this.#writing.delete(key)
    }
  }

  #open(key: string): Promise<Runs> {
    let log = this.#writing.get(key)?.log ?? this.#logs.get(key)
    if (log === undefined) {
      log = this.#read(key)
      this.#logs.set(key, log)
      log.catch(() => this.#logs.delete(key))
    }
    return log
  }

  async #read(key: string): Promise<Runs> {
    const log = await RecordLog.open(RunRecord, locate.runs(this.#folder, key), (run) => run.run)
    dropRepeated(log)
    const old = locate.oldRuns(this.#folder, key)
    if (!existsSync(old)) return log
    const document = await StoredDocument.open(RunsDocument, old)
    // An earlier attempt that was killed may have copied some runs already; they are replaced by the same runs.
    if (document.data.length > 0) await log.put(document.data, Number.POSITIVE_INFINITY)
    await document.remove()
    return log
  }
}

function dropRepeated(log: Runs): string[] {
  const repeated = repeatedRuns(log.list()).map(({ run }) => run)
  log.drop(repeated)
  return repeated
}

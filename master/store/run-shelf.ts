// The runs of every project, a log each, read when asked for and forgotten again when many others were.

import { existsSync } from 'node:fs'
import { LRUCache } from 'lru-cache'
import type { Run } from '../../shared/schemas/run.ts'
import { StoredDocument } from '../../shared/store/document.ts'
import { RecordLog } from '../../shared/store/record-log.ts'
import { locate, RunRecord, RunsDocument } from './documents.ts'
import { parseRunId } from './store.ts'

type Runs = RecordLog<typeof RunRecord.schema>

const KEPT_LOGS = 256

/** Keeps runs durable; a change costs the size of its own run. */
export class RunShelf {
  readonly #folder: string
  /** What is being read or was read lately; a log under writing is held by its writer. */
  readonly #logs = new LRUCache<string, Promise<Runs>>({ max: KEPT_LOGS })
  /** Logs that are being written; one that was forgotten meanwhile must not be read anew before it is done. */
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

  /** Adds or replaces a run and keeps the newest `history`; returns the ids of those that were dropped. */
  save(key: string, run: Run, history: number): Promise<string[]> {
    return this.#write(key, (log) => log.put([run], history))
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
    const old = locate.oldRuns(this.#folder, key)
    if (!existsSync(old)) return log
    const document = await StoredDocument.open(RunsDocument, old)
    // Also what an earlier attempt had brought over before it was killed: the same runs again are the same.
    if (document.data.length > 0) await log.put(document.data, Number.POSITIVE_INFINITY)
    await document.remove()
    return log
  }
}

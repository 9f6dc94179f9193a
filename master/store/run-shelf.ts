// The runs of every project, one document each, read when asked for and forgotten again when many others were.

import { LRUCache } from 'lru-cache'
import type { Run } from '../../shared/schemas/run.ts'
import { StoredDocument } from '../../shared/store/document.ts'
import { locate, RunsDocument } from './documents.ts'
import { parseRunId } from './store.ts'

type Runs = StoredDocument<typeof RunsDocument.schema>

const KEPT_DOCUMENTS = 256

/** Keeps runs durable; a change costs the size of its own project's runs. */
export class RunShelf {
  readonly #folder: string
  /** What is being read or was read lately; a document under writing is held by its writer. */
  readonly #documents = new LRUCache<string, Promise<Runs>>({ max: KEPT_DOCUMENTS })

  constructor(folder: string) {
    this.#folder = folder
  }

  async list(key: string): Promise<readonly Run[]> {
    return (await this.#open(key)).data
  }

  async find(run: string): Promise<Run | null> {
    const id = parseRunId(run)
    if (id === null) return null
    return (await this.list(id.key)).find((one) => one.run === run) ?? null
  }

  /** Adds or replaces a run and keeps the newest `history`; returns the ids of those that were dropped. */
  async save(key: string, run: Run, history: number): Promise<string[]> {
    const document = await this.#open(key)
    let dropped: string[] = []
    await document.update((runs) => {
      const index = runs.findLastIndex((one) => one.run === run.run)
      const next = index < 0 ? [...runs, run] : runs.with(index, run)
      dropped = next.slice(0, -history).map((one) => one.run)
      return next.slice(-history)
    })
    return dropped
  }

  async remove(key: string): Promise<void> {
    const document = await this.#open(key)
    this.#documents.delete(key)
    await document.remove()
  }

  async settle(): Promise<void> {
    for (const document of this.#documents.values()) await (await document).settle()
  }

  #open(key: string): Promise<Runs> {
    let document = this.#documents.get(key)
    if (document === undefined) {
      document = StoredDocument.open(RunsDocument, locate.runs(this.#folder, key), [])
      this.#documents.set(key, document)
      document.catch(() => this.#documents.delete(key))
    }
    return document
  }
}

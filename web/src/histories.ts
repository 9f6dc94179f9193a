// The newest runs of the projects that are in view, asked for together, and again when one of a project's runs has ended.

import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../../shared/api/client.ts'
import type { RunBrief } from '../../shared/schemas/run-brief.ts'

const MOST_AT_ONCE = 100
const GATHERING_MS = 60
const NONE: readonly RunBrief[] = []

/** What is known of the projects' runs, newest first. */
export class Histories {
  readonly #api: Api
  readonly #known = new Map<string, { mark: string; runs: readonly RunBrief[] }>()
  readonly #wanted = new Map<string, string>()
  readonly #readers = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(api: Api) {
    this.#api = api
  }

  of(id: string): readonly RunBrief[] {
    return this.#known.get(id)?.runs ?? NONE
  }

  /** Has the project's runs read, unless they were read at this mark already. */
  want(id: string, mark: string): void {
    if (this.#known.get(id)?.mark === mark) return
    this.#wanted.set(id, mark)
    this.#timer ??= setTimeout(() => void this.#read(), GATHERING_MS)
  }

  subscribe(reader: () => void): () => void {
    this.#readers.add(reader)
    return () => this.#readers.delete(reader)
  }

  async #read(): Promise<void> {
    this.#timer = undefined
    const asked = [...this.#wanted].slice(0, MOST_AT_ONCE)
    for (const [id] of asked) this.#wanted.delete(id)
    if (this.#wanted.size > 0) this.#timer = setTimeout(() => void this.#read(), GATHERING_MS)
    const ids = asked.map(([id]) => id).join()
    const found = await this.#api.get('/run_history', { query: { ids } }).catch(() => null)
    // What did not come is asked for again with the next change.
    if (found === null) return
    for (const [id, mark] of asked) this.#known.set(id, { mark, runs: found[id] ?? NONE })
    for (const reader of this.#readers) reader()
  }
}

/** Draws the component again when something new is known. */
export function useHistories(histories: Histories): void {
  const [, setCount] = useState(0)
  useEffect(() => histories.subscribe(() => setCount((count) => count + 1)), [histories])
}

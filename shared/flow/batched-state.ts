// A value that changes only when its write has succeeded; changes made during a write share the next one.

interface Waiting<T> {
  change: (state: T) => T
  resolve: () => void
  reject: (reason: unknown) => void
}

/** Holds a value and writes it. `state` is always what was written last. */
export class BatchedState<T> {
  readonly #write: (next: T) => Promise<void>
  #state: T
  #waiting: Waiting<T>[] = []
  #writing: Promise<void> | null = null

  constructor(initial: T, write: (next: T) => Promise<void>) {
    this.#state = initial
    this.#write = write
  }

  get state(): T {
    return this.#state
  }

  /**
   * Applies a pure change; resolves when it is written. When `change` throws, only its caller's promise is
   * rejected; when the write fails, those of all its changes are, and the state stays as it was.
   */
  change(change: (state: T) => T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  /** Applies a change that is not worth a write of its own: it is written with the next one. */
  show(change: (state: T) => T): void {
    this.#state = change(this.#state)
  }

  /** Resolves when no write is under way. */
  async settle(): Promise<void> {
    while (this.#writing !== null) await this.#writing
  }

  async #writeAll(): Promise<void> {
    // Callers of the same tick join the first write.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#writeBatch(batch)
    }
    this.#writing = null
  }

  async #writeBatch(batch: readonly Waiting<T>[]): Promise<void> {
    let next = this.#state
    const applied: Waiting<T>[] = []
    for (const waiting of batch) {
      try {
        next = waiting.change(next)
        applied.push(waiting)
      } catch (error) {
        waiting.reject(error)
      }
    }
    if (applied.length === 0) return
    try {
      await this.#write(next)
      this.#state = next
      for (const waiting of applied) waiting.resolve()
    } catch (error) {
      for (const waiting of applied) waiting.reject(error)
    }
  }
}

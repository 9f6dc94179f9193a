// Starts the parts of a node in order, and stops them in exactly the reverse order.

/** One part. Its stop may come after a start that failed half way, and undoes what there is to undo. */
export interface Part {
  name: string
  start?: () => Promise<void> | void
  stop?: () => Promise<void> | void
}

/** Thrown by a start during which the stop was asked for. */
export class StoppedDuringStart extends Error {
  constructor() {
    super('The node was stopped while it was starting.')
    this.name = 'StoppedDuringStart'
  }
}

export class LifecycleStack {
  readonly #onError: (error: unknown, details: { part: string }) => void
  readonly #started: Part[] = []
  #starting: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | null = null

  /** `onError` is told which part did not stop, and why. */
  constructor(onError: (error: unknown, details: { part: string }) => void) {
    this.#onError = onError
  }

  /**
   * Starts the parts one after the other; call it once. When one fails, it and those before it are stopped.
   *
   * @throws what the part threw. @throws {StoppedDuringStart}
   */
  async start(parts: readonly Part[]): Promise<void> {
    this.#starting = this.#startEach(parts)
    try {
      await this.#starting
    } catch (error) {
      // What does not stop was told of; the failed start is what matters.
      await this.stop().catch(() => {})
      throw error
    }
  }

  /**
   * Stops what was started, the last part first, each after the one before it; a start under way ends first. Every call
   * gets the same promise, which rejects when a part did not stop; the others were stopped all the same.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopEach()
    return this.#stopping
  }

  async #startEach(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      if (this.#stopping !== null) throw new StoppedDuringStart()
      this.#started.push(part)
      await part.start?.()
    }
    if (this.#stopping !== null) throw new StoppedDuringStart()
  }

  async #stopEach(): Promise<void> {
    await this.#starting.catch(() => {})
    const failed: string[] = []
    for (const part of this.#started.reverse()) {
      try {
        await part.stop?.()
      } catch (error) {
        failed.push(part.name)
        this.#onError(error, { part: part.name })
      }
    }
    if (failed.length > 0) throw new Error(`These parts did not stop: ${failed.join(', ')}.`)
  }
}

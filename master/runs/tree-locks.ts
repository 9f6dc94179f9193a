// Projects whose trees are being moved or converted: what would touch them meanwhile waits.

export class Rests {
  readonly #ends = new Map<string, Promise<void>>()

  has(key: string): boolean {
    return this.#ends.has(key)
  }

  /** Does `work` while nobody else may; call it only for a project that has no rest. */
  async during<T>(key: string, work: () => Promise<T>): Promise<T> {
    const done = work()
    const end = done.then(
      () => {},
      () => {},
    )
    this.#ends.set(key, end)
    try {
      return await done
    } finally {
      this.#ends.delete(key)
    }
  }

  /** Resolves when the project has no rest (any more). */
  async over(key: string): Promise<void> {
    for (let end = this.#ends.get(key); end !== undefined; end = this.#ends.get(key)) await end
  }
}

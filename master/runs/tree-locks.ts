// Locks on the trees of projects that are being moved or converted: a run that needs such a tree waits.

export class TreeLocks {
  /** By the project's key: resolves when the lock is released, and never rejects. */
  readonly #releases = new Map<string, Promise<void>>()

  isLocked(key: string): boolean {
    return this.#releases.has(key)
  }

  /** Does `work` while the tree is locked. The tree must not be locked already. */
  async hold<T>(key: string, work: () => Promise<T>): Promise<T> {
    const done = work()
    const release = done.then(
      () => {},
      () => {},
    )
    this.#releases.set(key, release)
    try {
      return await done
    } finally {
      this.#releases.delete(key)
    }
  }

  /** Resolves when the tree is not locked. */
  async released(key: string): Promise<void> {
    for (let release = this.#releases.get(key); release !== undefined; release = this.#releases.get(key)) await release
  }
}

// Lets one thing at a time change the trees of a project: a job that fills one, or a return to one that is kept.

export class TreeTurns {
  /** The end of what was taken last, by the project's key. */
  readonly #ends = new Map<string, Promise<void>>()

  isTaken(key: string): boolean {
    return this.#ends.has(key)
  }

  /** Does the work when all that was taken before has ended. The turn is taken when this returns, not later. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#ends.get(key) ?? Promise.resolve()).then(work)
    const end = turn.then(
      () => {},
      () => {},
    )
    this.#ends.set(key, end)
    void end.then(() => {
      if (this.#ends.get(key) === end) this.#ends.delete(key)
    })
    return turn
  }
}

// Gathers what is wrong with a request, so that one answer names all of it.

import type { FieldError } from './errors.ts'

/** Checks that name a field when they fail. Other errors are thrown at once. */
export class Problems {
  readonly #found: FieldError[] = []

  /** The result of a check, or undefined when it found a problem. */
  try<T>(check: () => T): T | undefined {
    try {
      return check()
    } catch (error) {
      this.#keep(error)
      return undefined
    }
  }

  /** The same, for one that takes time. */
  async tryLater(check: () => Promise<unknown>): Promise<void> {
    try {
      await check()
    } catch (error) {
      this.#keep(error)
    }
  }

  /** True when a problem with this field, or with a part of it, was found. */
  isWrong(field: string): boolean {
    return this.#found.some((error) => error.field === field || error.field?.startsWith(`${field}.`))
  }

  /** @throws the first of the errors that were found, with the `problems` of all. */
  throwAny(): void {
    const [first] = this.#found
    if (first === undefined) return
    first.problems = this.#found.flatMap(({ field, message }) => (field === undefined ? [] : [{ field, message }]))
    throw first
  }

  #keep(error: unknown): void {
    if (!(error instanceof Error) || (error as FieldError).field === undefined) throw error
    this.#found.push(error as FieldError)
  }
}

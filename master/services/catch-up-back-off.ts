// Decides when a slave that is behind with a project is tried again: pure.

/** What was tried. `tag` is that of the tree it was tried with; `notBefore` is in the milliseconds of `now`. */
export interface Attempts {
  tag: string
  count: number
  notBefore: number
}

const MAX_PAUSE_MS = 3_600_000

/** True at first, when the pause is over, and at once when there is another tree to try with. */
export function isDue(made: Attempts | undefined, tag: string, now: number): boolean {
  return made === undefined || made.tag !== tag || now >= made.notBefore
}

/** One attempt more, now. The pause after it doubles with each attempt with the same tree, up to an hour. */
export function nextAttempts(made: Attempts | undefined, tag: string, now: number, pollMs: number): Attempts {
  const count = made?.tag === tag ? made.count + 1 : 1
  return { tag, count, notBefore: now + Math.min(pollMs * 2 ** count, MAX_PAUSE_MS) }
}

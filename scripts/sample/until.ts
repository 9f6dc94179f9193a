// Waits for something to become true by asking again and again, within a bound.

import { setTimeout as sleep } from 'node:timers/promises'

/**
 * The first answer that is neither null, undefined nor false.
 *
 * @throws {Error} naming `what` when none came within `withinMs`.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = 20_000,
): Promise<T> {
  const giveUp = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (Date.now() > giveUp) throw new Error(`Waited ${withinMs} ms in vain for ${what}`)
    await sleep(25)
  }
}

// Waits for something to become true by asking again and again, within a bound.

import { setTimeout as sleep } from 'node:timers/promises'

/** Bounds a hang; nothing is expected to take so long. */
const PATIENCE_MS = 120_000
const FIRST_PAUSE_MS = 10
/** Each question takes a little from what is waited for, so a long wait asks less often than a short one. */
const PAUSE_SHARE = 0.1
const LONGEST_PAUSE_MS = 100

/**
 * The first answer that is neither null, undefined nor false.
 *
 * @throws {Error} naming `what` when none came within `withinMs`.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const started = performance.now()
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    const waited = performance.now() - started
    if (waited > withinMs) throw new Error(`Waited ${withinMs} ms in vain for ${what}`)
    await sleep(Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, waited * PAUSE_SHARE)))
  }
}

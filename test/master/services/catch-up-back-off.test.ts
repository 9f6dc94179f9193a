import { describe, expect, it } from 'vitest'
import { type Attempts, isDue, nextAttempts } from '../../../master/services/catch-up-back-off.ts'

const POLL_MS = 30_000
const HOUR_MS = 3_600_000

/** The pauses after each of so many attempts with the same tree. */
function pausesOf(attempts: number): number[] {
  const pauses: number[] = []
  let made: Attempts | undefined
  for (let now = 0; pauses.length < attempts; now = made.notBefore) {
    made = nextAttempts(made, 'tree', now, POLL_MS)
    pauses.push(made.notBefore - now)
  }
  return pauses
}

describe('the attempts for a slave that is behind', () => {
  it('come at twice the pause each time, and once an hour in the end', () => {
    expect(pausesOf(4)).toEqual([60_000, 120_000, 240_000, 480_000])
    expect(pausesOf(2_000).slice(6)).toEqual(Array(1_994).fill(HOUR_MS))
  })

  it('are due at first, and when the pause is over', () => {
    expect(isDue(undefined, 'tree', 0)).toBe(true)
    const made = nextAttempts(undefined, 'tree', 1_000, POLL_MS)
    expect(isDue(made, 'tree', made.notBefore - 1)).toBe(false)
    expect(isDue(made, 'tree', made.notBefore)).toBe(true)
  })

  it('are due at once with another tree, and begin with the shortest pause again', () => {
    let made: Attempts | undefined
    for (let attempt = 0; attempt < 5; attempt++) made = nextAttempts(made, 'old', 0, POLL_MS)
    expect(isDue(made, 'new', 0)).toBe(true)
    expect(nextAttempts(made, 'new', 0, POLL_MS)).toEqual({ tag: 'new', count: 1, notBefore: 60_000 })
  })
})

import { expect, it } from 'vitest'
import { isOver } from '../../../shared/flow/is-over.ts'

const NOON = '2026-11-26T12:00:00.000Z'
const MINUTE_MS = 60_000

it.each([
  [MINUTE_MS - 1, false],
  [MINUTE_MS, true],
  [0, false],
  // The clock was set back.
  [-1, true],
])('what was written down %d ms ago is over after a minute: %s', (age, expected) => {
  expect(isOver(NOON, MINUTE_MS, Date.parse(NOON) + age)).toBe(expected)
})

// A short round of the fuzzer, with a new seed each time; `npm run fuzz` goes on for longer.

import fc from 'fast-check'
import { afterAll, describe, it } from 'vitest'
import { createFuzzTargets } from '../../scripts/fuzz/targets.ts'

const seed = Date.now() % 2 ** 31
const { targets, stop } = await createFuzzTargets()
afterAll(stop)

describe(`fuzzing with seed ${seed}`, () => {
  it.each(targets)('$name', async ({ property }) => {
    await fc.assert(property as fc.IAsyncProperty<[unknown]>, { seed, numRuns: 150 })
  })
})

// Random edits of an upstream through both hops: after every run the slave has the upstream's tree, by whatever method.

import { describe, expect, it } from 'vitest'
import { createRandom, differences, editTree } from '../helpers/edits.ts'
import { startHops } from '../helpers/hops.ts'
import { put } from '../helpers/unlucky.ts'

const SEED = Number(process.env.EDIT_SEED ?? 20_261_126)
const GENERATIONS = Number(process.env.EDIT_GENERATIONS ?? 12)

describe.each(['in_place', 'atomic'] as const)('a project that is published %s', (publish) => {
  it.each(['single', 'rpm', 'debian'] as const)(
    `follows random edits, in stages of %s (seed ${SEED})`,
    async (stages) => {
      const random = createRandom(SEED)
      const settings = { DELETE_GUARD_PERCENT: '0', SLOW_SYNC_EVERY: '5' }
      const hops = await startHops({ project: { publish, stages }, settings })
      // The guard counts files: one always stays.
      put(hops.upstream, 'always', 'here')
      for (let generation = 1; generation <= GENERATIONS; generation++) {
        editTree(hops.upstream, random, 1 + Math.floor(random() * 30))
        put(hops.upstream, 'always', 'here')
        const result = await hops.pull()
        expect(result.error, `generation ${generation}\n${hops.log()}`).toBeNull()
        expect(differences(hops.upstream, hops.master()), `generation ${generation}: master`).toBe('')
        const end = await hops.fanOut({ stages })
        expect(end.result.error, `generation ${generation}\n${hops.log()}`).toBeNull()
        expect(end.refusal).toBeNull()
        expect(end.drift ?? 0, `generation ${generation}: drift`).toBe(0)
        expect(differences(hops.master(), hops.slave()), `generation ${generation}: slave, ${end.method}`).toBe('')
      }
    },
  )
})

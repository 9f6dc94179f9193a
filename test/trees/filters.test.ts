// Filter rules of a project: what they leave out does not come, whatever fills the tree, and is not missed.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { many, put, runBoth, startWith } from '../helpers/unlucky.ts'

it.each(['in_place', 'atomic'] as const)('leave names out of a tree that is published %s', async (publish) => {
  const hops = await startWith(
    (folder) => {
      many(folder, 3)
      put(folder, 'a.iso', 'image')
      put(folder, 'keep.iso', 'image')
    },
    { project: { publish, filters: ['include keep.iso', 'exclude *.iso'] } },
  )
  const there = (name: string) => [hops.master(), hops.slave()].map((tree) => existsSync(path.join(tree, name)))
  expect(there('a.iso')).toEqual([false, false])
  expect(there('keep.iso')).toEqual([true, true])
  hops.set({ filters: [] })
  await runBoth(hops)
  expect(there('a.iso')).toEqual([true, true])
  // What is there already stays, as with rsync's own excludes.
  hops.set({ filters: ['exclude *.iso'] })
  put(hops.upstream, 'many/1', 'changed')
  await runBoth(hops)
  expect(there('a.iso')).toEqual([true, true])
})

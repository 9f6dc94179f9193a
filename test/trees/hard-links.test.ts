// Hard links between what a project's stages fetch first and what they fetch last.

import { linkSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { put, runBoth, startWith } from '../helpers/unlucky.ts'

it.each(['in_place', 'atomic'] as const)('come as such, and once, published %s', async (publish) => {
  const hops = await startWith((folder) => put(folder, 'pool/a', 'text'), { project: { publish, stages: 'debian' } })
  mkdirSync(path.join(hops.upstream, 'dists'))
  linkSync(path.join(hops.upstream, 'pool/a'), path.join(hops.upstream, 'dists/Packages'))
  await runBoth(hops)
  for (const tree of [hops.master(), hops.slave()])
    expect(statSync(path.join(tree, 'dists/Packages')).ino).toBe(statSync(path.join(tree, 'pool/a')).ino)
  expect(await runBoth(hops)).toMatchObject({ added: 0, modified: 0, deleted: 0 })
})

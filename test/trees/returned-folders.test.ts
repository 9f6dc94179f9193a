// Folders that are a file, or gone, for a while that a slave misses.

import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeTree, snapshot } from '../helpers/tree-snapshot.ts'
import { many, put, startWith } from '../helpers/unlucky.ts'

const remove = (folder: string) => rmSync(path.join(folder, 'x'), { recursive: true })

describe.each(['in_place', 'atomic'] as const)('a folder, published %s,', (publish) => {
  const start = () =>
    startWith(
      (folder) => {
        many(folder, 20)
        for (const name of ['x/a', 'x/deep/b']) put(folder, name, name)
      },
      { project: { publish } },
    )

  it.each([
    ['a file', (folder: string) => put(folder, 'x', 'a file for a while')],
    ['gone', () => {}],
  ])('that was %s while a slave was away has nothing of before', async (_name, between) => {
    const hops = await start()
    remove(hops.upstream)
    between(hops.upstream)
    expect(await hops.pull()).toMatchObject({ code: null })
    rmSync(path.join(hops.upstream, 'x'), { force: true })
    put(hops.upstream, 'x/c', 'new')
    expect(await hops.pull()).toMatchObject({ code: null })
    expect((await hops.fanOut()).refusal).toBeNull()
    expect(readdirSync(path.join(hops.slave(), 'x'))).toEqual(['c'])
    expect(describeTree(snapshot(hops.slave()))).toEqual(describeTree(snapshot(hops.master())))
  })
})

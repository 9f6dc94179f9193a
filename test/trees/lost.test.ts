// Trees that are not where they were, as when a disk is not mounted.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Hops, startHops } from '../helpers/hops.ts'
import { canMount, mountDisk } from '../helpers/mount.ts'
import { many, put, read, runBoth, startWith } from '../helpers/unlucky.ts'

/** The disk that all of the master's trees lie on goes, and comes back. */
const unmount = (hops: Hops) => {
  const root = path.dirname(hops.master())
  renameSync(root, `${root}.disk`)
  mkdirSync(root)
  return () => {
    rmSync(root, { recursive: true })
    renameSync(`${root}.disk`, root)
  }
}

describe.each(['in_place', 'atomic'] as const)('a disk that is not mounted, published %s', (publish) => {
  it('is not refilled onto the disk below, and goes on when it is back', async () => {
    const hops = await startWith((folder) => many(folder, 5), { project: { publish } })
    const mount = unmount(hops)
    if (publish === 'in_place') mkdirSync(hops.master())
    const result = await hops.pull()
    expect(result).toMatchObject({ outcome: 'blocked', code: 'TREE_MISSING', exitCode: null })
    expect(result.error).toContain(hops.master())
    expect(result.error).toContain('mounted')
    expect(existsSync(path.join(hops.master(), 'many'))).toBe(false)
    expect(readdirSync(path.dirname(hops.master())).filter((name) => name !== 'p')).toEqual([])
    mount()
    put(hops.upstream, 'new', 'new')
    expect(await runBoth(hops)).toMatchObject({ added: 1, modified: 0, deleted: 0 })
    for (const tree of [hops.master(), hops.slave()]) expect(read(tree, 'many/3')).toBe('3')
  })

  it('is refilled by force', async () => {
    const hops = await startWith((folder) => many(folder, 5), { project: { publish } })
    unmount(hops)
    expect(await hops.pull({ force: true })).toMatchObject({ code: null })
    expect(read(hops.master(), 'many/3')).toBe('3')
    await runBoth(hops)
  })
})

it.runIf(canMount())(
  'a disk of one project that is not mounted is not filled on the slave, unless it is forced',
  async () => {
    const hops = await startHops()
    many(hops.upstream, 5)
    const unmount = mountDisk(hops.slave(), '8m')
    await runBoth(hops)
    put(hops.upstream, 'new', 'new')
    await hops.pull()
    unmount()
    await expect(hops.fanOut()).rejects.toMatchObject({
      code: 'TREE_MISSING',
      message: expect.stringContaining('Is its disk mounted?'),
    })
    expect(readdirSync(hops.slave())).toEqual([])
    expect((await hops.fanOut({ guard: { percent: 0, force: true } })).result.error).toBeNull()
    expect(read(hops.slave(), 'new')).toBe('new')
    // From now on it lies there.
    await runBoth(hops)
  },
)

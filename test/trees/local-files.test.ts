// Files of the operator's own: over those of the upstream, on the master and on the slaves, and no change but when they change.

import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Hops, startHops } from '../helpers/hops.ts'
import { many, put, read, runBoth, startWith } from '../helpers/unlucky.ts'

const localOf = (hops: Hops) => {
  const folder = path.join(hops.project().dest, '.local', hops.project().id)
  mkdirSync(folder, { recursive: true })
  return folder
}
const NOTHING = { added: 0, modified: 0, deleted: 0 }
const both = (hops: Hops) => [hops.master(), hops.slave()]
const isThere = (tree: string, name: string) =>
  lstatSync(path.join(tree, name), { throwIfNoEntry: false }) !== undefined

describe.each([
  ['in_place', 'single'],
  ['atomic', 'single'],
  ['in_place', 'debian'],
  ['atomic', 'debian'],
] as const)('of a project that is published %s, by the stages %s', (publish, stages) => {
  const start = (more: object = {}) =>
    startWith(
      (folder) => {
        many(folder, 5)
        put(folder, 'sub/of-upstream', 'u')
        put(folder, 'README', 'of the upstream')
      },
      { project: { publish, stages, local_files: true, ...more } },
    )

  it('come, stay, change and go', async () => {
    const hops = await start()
    const local = localOf(hops)
    put(local, 'HEADER.html', 'welcome')
    put(local, 'README', 'of ours')
    put(local, 'sub/ours', 's')
    put(local, 'new/deep/[x]*', 'd')
    symlinkSync('HEADER.html', path.join(local, 'link'))
    await runBoth(hops)
    const expectThere = () => {
      for (const tree of both(hops)) {
        expect(read(tree, 'README')).toBe('of ours')
        expect(read(tree, 'sub/ours')).toBe('s')
        expect(read(tree, 'sub/of-upstream')).toBe('u')
        expect(read(tree, 'new/deep/[x]*')).toBe('d')
        expect(readlinkSync(path.join(tree, 'link'))).toBe('HEADER.html')
      }
    }
    expectThere()
    // The folders that they lie in are as the upstream has them, so that nothing has changed.
    expect((await hops.pull()).summary).toMatchObject(NOTHING)
    put(hops.upstream, 'many/1', 'changed')
    rmSync(path.join(hops.upstream, 'many/2'))
    put(local, 'HEADER.html', 'welcome again')
    await runBoth(hops)
    expectThere()
    for (const tree of both(hops)) expect(read(tree, 'HEADER.html')).toBe('welcome again')
    const dry = await hops.pull({ dryRun: true })
    expect(dry.summary).toMatchObject(NOTHING)
    // Ours stays where the upstream's part of its folder goes.
    rmSync(path.join(hops.upstream, 'sub'), { recursive: true })
    await runBoth(hops)
    for (const tree of both(hops)) {
      expect(isThere(tree, 'sub/of-upstream')).toBe(false)
      expect(read(tree, 'sub/ours')).toBe('s')
    }
    expect((await hops.pull()).summary).toMatchObject(NOTHING)
    put(hops.upstream, 'sub/of-upstream', 'u')
    await runBoth(hops)
    expectThere()
    for (const name of ['HEADER.html', 'README', 'new', 'link']) rmSync(path.join(local, name), { recursive: true })
    await runBoth(hops)
    for (const tree of both(hops)) {
      expect(read(tree, 'README')).toBe('of the upstream')
      for (const name of ['HEADER.html', 'new', 'link']) expect(isThere(tree, name)).toBe(false)
      expect(read(tree, 'sub/ours')).toBe('s')
    }
    expect((await hops.pull()).summary).toMatchObject(NOTHING)
  })

  it('go when the project has none any more, and stay with --delete-excluded', async () => {
    const hops = await start({
      rsync_options: { basic: ['--exclude=*.iso'], defaults: ['-avH'], delete: '--delete-excluded' },
    })
    put(localOf(hops), 'HEADER.html', 'welcome')
    await runBoth(hops)
    put(hops.upstream, 'many/1', 'changed')
    await runBoth(hops)
    for (const tree of both(hops)) expect(read(tree, 'HEADER.html')).toBe('welcome')
    hops.set({ local_files: false })
    await runBoth(hops)
    for (const tree of both(hops)) expect(isThere(tree, 'HEADER.html')).toBe(false)
  })

  it('never hide that the upstream lost everything, or is empty', async () => {
    const hops = await start()
    put(localOf(hops), 'HEADER.html', 'welcome')
    await runBoth(hops)
    rmSync(hops.upstream, { recursive: true })
    mkdirSync(hops.upstream)
    expect(await hops.pull()).toMatchObject({ code: 'TREE_MISSING' })
    expect(read(hops.master(), 'HEADER.html')).toBe('welcome')
  })

  it('are refused where the upstream has a link in the place of their folder', async () => {
    const hops = await start()
    symlinkSync('sub', path.join(hops.upstream, 'linked'))
    await runBoth(hops)
    put(localOf(hops), 'linked/file', 'x')
    expect(await hops.pull()).toMatchObject({
      code: 'UPSTREAM_FAILED',
      error: expect.stringContaining('linked is a link'),
    })
    for (const tree of both(hops)) expect(isThere(tree, 'sub/file')).toBe(false)
  })
})

it('are not the upstream that a first sync wants', async () => {
  const hops = await startHops({ project: { local_files: true } })
  put(localOf(hops), 'HEADER.html', 'welcome')
  expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_EMPTY' })
})

it('with names that cannot be given to rsync are refused by name of their folder', async () => {
  const hops = await startWith((folder) => many(folder, 2), { project: { local_files: true } })
  put(localOf(hops), 'two\nlines', 'x')
  expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED', error: expect.stringContaining('Rename it.') })
})

// Trees that are changed where they are served, through both hops, with upstreams that are unlucky.

import { existsSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { startHops } from '../helpers/hops.ts'
import { empty, many, options, put, read, runBoth, startWith } from '../helpers/unlucky.ts'

describe('an upstream that is emptied', () => {
  it.each([
    ['with the guard', undefined],
    ['with the guard off', 0],
  ])('between the counting and the deleting pass leaves most of the tree, %s', async (_name, percent) => {
    const hops = await startWith((folder) => many(folder, 100), { project: { delete_guard_percent: percent ?? null } })
    rmSync(path.join(hops.upstream, 'many/7'))
    hops.onLine((line) => {
      if (line === '[deletes]') empty(path.join(hops.upstream, 'many'))
    })
    const result = await hops.pull()
    const left = Array.from({ length: 100 }, (_, number) => existsSync(path.join(hops.master(), `many/${number}`)))
    if (percent === undefined) expect(left.filter(Boolean).length).toBeGreaterThanOrEqual(49)
    expect(left.some(Boolean)).toBe(true)
    expect(result.code).not.toBeNull()
  })

  it('before the run blocks it, even with the guard off, and force lets it through', async () => {
    const hops = await startWith((folder) => many(folder, 10), { project: { delete_guard_percent: 0 } })
    empty(hops.upstream)
    expect(await hops.pull()).toMatchObject({ outcome: 'blocked', code: 'TREE_MISSING', summary: { deleted: 0 } })
    expect(read(hops.master(), 'many/3')).toBe('3')
    expect(await hops.pull({ force: true })).toMatchObject({ code: null, summary: { deleted: 11 } })
  })

  it('at the first sync is not a success', async () => {
    for (const publish of ['in_place', 'atomic'] as const) {
      const hops = await startHops({ project: { publish } })
      expect(await hops.pull({ force: true })).toMatchObject({ outcome: 'blocked', code: 'UPSTREAM_EMPTY' })
      many(hops.upstream, 3)
      expect(await hops.pull()).toMatchObject({ code: null })
    }
  })
})

describe('the first sync, from an upstream in motion', () => {
  const moving = async (project: Partial<StoredProject>, before: readonly string[] = []) => {
    const hops = await startHops({ project: { stages: 'rpm', delete_guard_percent: 5, ...project } })
    many(hops.upstream, 20)
    put(hops.upstream, 'repodata/index', 'x')
    for (const name of before) put(hops.master(), name, 'of before')
    hops.onLine((line) => {
      if (line === '[second pass: everything]')
        rmSync(path.join(hops.upstream, 'many'), { recursive: true, force: true })
    })
    return { hops, result: await hops.pull() }
  }

  it.each(['in_place', 'atomic'] as const)('is not guarded: nobody is served, published %s', async (publish) => {
    const { hops, result } = await moving({ publish })
    expect(result.code).toBeNull()
    expect(existsSync(path.join(hops.master(), 'many'))).toBe(false)
    expect(read(hops.master(), 'repodata/index')).toBe('x')
  })

  it('is guarded where the folder had files before', async () => {
    const { hops, result } = await moving({}, ['old/1', 'old/2'])
    expect(result.code).toBe('DELETE_GUARD')
    expect(read(hops.master(), 'old/1')).toBe('of before')
  })

  it('is not guarded when it is made again after a failure', async () => {
    const hops = await startHops({ project: { stages: 'rpm', delete_guard_percent: 5 } })
    many(hops.upstream, 20)
    hops.set({ rsync_options: { basic: ['--max-delete=1'], defaults: ['-avH'], delete: '--delete' } })
    hops.onLine((line) => {
      if (line === '[second pass: everything]')
        rmSync(path.join(hops.upstream, 'many'), { recursive: true, force: true })
    })
    put(hops.upstream, 'repodata/index', 'x')
    expect((await hops.pull()).code).toBe('DELETE_GUARD')
    hops.set({ rsync_options: { basic: [], defaults: ['-avH'], delete: '--delete' } })
    expect((await hops.pull()).code).toBeNull()
  })
})

describe("the master's tree that was emptied by hand", () => {
  it.each(['in_place', 'atomic'] as const)('does not empty that of a slave, published %s', async (publish) => {
    const hops = await startWith((folder) => many(folder, 10), { project: { publish } })
    many(hops.upstream, 10, ' again')
    await hops.pull()
    empty(path.join(hops.master(), 'many'))
    const end = await hops.fanOut({ anchor: null, changes: null })
    expect(end.refusal?.code).toBe('TREE_MISSING')
    expect(read(hops.slave(), 'many/3')).toBe('3')
    const forced = await hops.fanOut({ anchor: null, changes: null, guard: { percent: 50, force: true } })
    expect(forced).toMatchObject({ refusal: null, result: { outcome: 'success' } })
  })
})

it('what a file takes the place of counts once on a slave that follows a list', async () => {
  const hops = await startWith((folder) => many(folder, 3))
  rmSync(path.join(hops.upstream, 'many'), { recursive: true })
  put(hops.upstream, 'many', 'a file now')
  put(hops.upstream, 'other', 'new')
  expect(await hops.pull({ force: true })).toMatchObject({ code: null, summary: { deleted: 3 } })
  expect(await hops.fanOut()).toMatchObject({ method: 'normal', result: { summary: { deleted: 3 } } })
})

describe('a folder with content that becomes something else', () => {
  it.each([
    ['in one stage', 'single', '--delete'],
    ['in two stages', 'rpm', '--delete'],
    ['without deletes', 'single', ''],
    ['in two stages without deletes', 'debian', ''],
  ] as const)('is replaced on both nodes, %s', async (_name, stages, remove) => {
    const hops = await startWith(
      (folder) => {
        for (const name of ['latest/a', 'latest/deep/b', 'file/c']) put(folder, name, 'x')
        many(folder, 20)
      },
      { project: { stages, rsync_options: { basic: [], defaults: ['-avH'], delete: remove } } },
    )
    for (const name of ['latest', 'file']) rmSync(path.join(hops.upstream, name), { recursive: true })
    symlinkSync('many', path.join(hops.upstream, 'latest'))
    put(hops.upstream, 'file', 'now a file')
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) {
      expect(readlinkSync(path.join(tree, 'latest'))).toBe('many')
      expect(read(tree, 'file')).toBe('now a file')
    }
  })

  it('is a deletion that the guard counts', async () => {
    const hops = await startWith((folder) => many(folder, 20))
    rmSync(path.join(hops.upstream, 'many'), { recursive: true })
    symlinkSync('elsewhere', path.join(hops.upstream, 'many'))
    put(hops.upstream, 'elsewhere', 'x')
    expect(await hops.pull()).toMatchObject({ outcome: 'blocked' })
    expect(read(hops.master(), 'many/7')).toBe('7')
  })

  it.each(['single', 'rpm'] as const)(
    'blocks without the loss of a link that becomes a file, in stages of %s',
    async (stages) => {
      const hops = await startWith((folder) => many(folder, 20), { project: { stages } })
      symlinkSync('many/1', path.join(hops.upstream, 'zz'))
      await runBoth(hops)
      rmSync(path.join(hops.upstream, 'many'), { recursive: true })
      symlinkSync('elsewhere', path.join(hops.upstream, 'many'))
      rmSync(path.join(hops.upstream, 'zz'))
      put(hops.upstream, 'zz', 'a file now')
      put(hops.upstream, 'zzz/new', 'x')
      expect(await hops.pull()).toMatchObject({ outcome: 'blocked', code: 'DELETE_GUARD' })
      expect(read(hops.master(), 'zz')).toBe('a file now')
      expect(read(hops.master(), 'zzz/new')).toBe('x')
      expect(read(hops.master(), 'many/7')).toBe('7')
    },
  )
})

describe('stages', () => {
  it.each([
    ['by a list of names', {}],
    ['by comparing everything', { anchor: null, changes: null }],
  ] as const)('hold on the slave too: content, then indices, then deletes, %s', async (_name, order) => {
    const hops = await startWith(
      (folder) => {
        for (const name of ['pool/old.deb', 'dists/x/Release', 'dists/x/main/Packages']) put(folder, name, 'one')
        many(folder, 20)
      },
      { project: { stages: 'debian' } },
    )
    rmSync(path.join(hops.upstream, 'pool/old.deb'))
    for (const name of ['pool/new.deb', 'dists/x/Release', 'dists/x/main/Packages'])
      put(hops.upstream, name, 'two, and longer')
    expect(await hops.pull()).toMatchObject({ code: null })
    const state = (): string =>
      [
        existsSync(path.join(hops.slave(), 'pool/new.deb')) ? 'new content' : null,
        read(hops.slave(), 'dists/x/Release') === 'one' ? null : 'new index',
        existsSync(path.join(hops.slave(), 'pool/old.deb')) ? null : 'old content gone',
      ]
        .filter((one) => one !== null)
        .join(', ')
    const seen: string[] = []
    hops.onLine((line) => {
      if (/^\[(rsync|the limit)/.test(line)) seen.push(state())
    })
    await hops.fanOut({ stages: 'debian', ...order })
    expect(seen.slice(0, 2)).toEqual(['new content', 'new content, new index'])
    expect(state()).toBe('new content, new index, old content gone')
  })
})

describe('a list of names', () => {
  it('with names that can be misread reaches the slave', async () => {
    const hops = await startWith((folder) => many(folder, 3))
    const bytes = [Buffer.from('f4908080', 'hex'), Buffer.from('ff', 'hex'), Buffer.from('plain\t -> x')]
    for (const name of bytes) writeFileSync(Buffer.concat([Buffer.from(`${hops.upstream}/`), name]), 'x')
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()])
      for (const name of bytes) expect(existsSync(Buffer.concat([Buffer.from(`${tree}/`), name]))).toBe(true)
  })

  it('whose names are missing on the master leads to a look at everything, and loses nothing', async () => {
    const hops = await startWith((folder) => many(folder, 10), { project: options() })
    many(hops.upstream, 2, ' again')
    expect(await hops.pull()).toMatchObject({ code: null })
    hops.onLine((line) => {
      if (line.startsWith('$')) rmSync(path.join(hops.master(), 'many/1'), { force: true })
    })
    const end = await hops.fanOut()
    expect(end).toMatchObject({ method: 'slow', refusal: null, result: { outcome: 'success' } })
    expect(read(hops.slave(), 'many/0')).toBe('0 again')
  })
})

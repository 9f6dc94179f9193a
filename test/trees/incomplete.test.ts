// Upstreams of which a part cannot be read, or that hold what their own rsync left there, through both hops.

import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { type Hops, startHops } from '../helpers/hops.ts'
import { letAllIn } from '../helpers/open-modes.ts'
import { many, options, put, read, runBoth, startWith } from '../helpers/unlucky.ts'

/** A daemon that serves as nobody cannot read what is root's alone; without root, we are that nobody. */
const extra = process.getuid?.() === 0 ? ['uid = nobody', 'gid = nogroup'] : []
const tolerating = { tolerated_exit_codes: [23] } satisfies Partial<StoredProject>

const start = async (project: Partial<StoredProject>, fill: (folder: string) => void): Promise<Hops> => {
  const hops = await startHops({ project, extra })
  letAllIn(hops.upstream)
  fill(hops.upstream)
  return hops
}
const close = (hops: Hops, name: string) => chmodSync(path.join(hops.upstream, name), 0o000)
const open = (hops: Hops, name: string) => chmodSync(path.join(hops.upstream, name), 0o755)
const trees = (hops: Hops) => [hops.master(), hops.slave()]
const has = (tree: string, name: string) => existsSync(path.join(tree, name))

describe.each(['in_place', 'atomic'] as const)('a part of an upstream that cannot be read, published %s', (publish) => {
  it('keeps nothing else from the slaves when that is tolerated, at the first sync too', async () => {
    const hops = await start({ publish, ...tolerating }, (folder) => many(folder, 10))
    close(hops, 'many/3')
    const first = await hops.pull()
    expect(first).toMatchObject({ code: null, outcome: 'noted', exitCode: 23, summary: { errors: 1, total_files: 12 } })
    expect(first.error).toContain('many/3')
    expect((await hops.fanOut()).result.error).toBeNull()
    for (const tree of trees(hops)) expect([has(tree, 'many/2'), has(tree, 'many/3')]).toEqual([true, false])
    open(hops, 'many/3')
    await runBoth(hops)
    for (const tree of trees(hops)) expect(read(tree, 'many/3')).toBe('3')
  })

  it('is not waited for when it is a file with several names', async () => {
    const hops = await start({ publish, ...tolerating }, (folder) => many(folder, 3))
    expect(await hops.pull()).toMatchObject({ code: null, tolerated: false })
    put(hops.upstream, 'many/1', 'one file now')
    rmSync(path.join(hops.upstream, 'many/2'))
    linkSync(path.join(hops.upstream, 'many/1'), path.join(hops.upstream, 'many/2'))
    close(hops, 'many/1')
    put(hops.upstream, 'many/0', 'new')
    expect(await hops.pull()).toMatchObject({ code: null, tolerated: true })
    expect(['0', '1', '2'].map((name) => read(hops.master(), `many/${name}`))).toEqual(['new', '1', '2'])
  })

  it('fails the run when it is not', async () => {
    const hops = await start({ publish }, (folder) => many(folder, 10))
    close(hops, 'many/3')
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED', outcome: 'retry', exitCode: 23 })
  })

  it.each([
    ['a file', 'many/3', {}],
    ['a file, by force', 'many/3', { force: true }],
    ['a folder', 'closed', {}],
    ['a folder, by force', 'closed', { force: true }],
  ])('deletes nothing, and brings what has changed: %s', async (_name, closed, request) => {
    const hops = await start({ publish, ...tolerating }, (folder) => {
      many(folder, 20)
      put(folder, 'closed/inner', 'inner')
      put(folder, 'old/gone', 'gone')
    })
    await runBoth(hops)
    many(hops.upstream, 6, ' again')
    close(hops, closed)
    rmSync(path.join(hops.upstream, 'old'), { recursive: true })
    for (let round = 0; round < 2; round++) {
      const result = await hops.pull(request)
      expect(result).toMatchObject({ code: null, exitCode: 23, summary: { deleted: 0 } })
      expect(result.summary?.errors).toBeGreaterThan(0)
      // What was not seen counts for the guard all the same.
      expect(hops.project().total_files).toBe(26)
      expect((await hops.fanOut()).result.error).toBeNull()
      for (const tree of trees(hops)) {
        for (const name of ['closed/inner', 'old/gone', 'many/3']) expect(has(tree, name), name).toBe(true)
        expect(read(tree, 'many/5')).toBe('5 again')
      }
    }
    open(hops, closed)
    expect(await runBoth(hops)).toMatchObject({ deleted: 2 })
    for (const tree of trees(hops)) {
      expect([has(tree, 'old'), has(tree, 'closed/inner')]).toEqual([false, true])
      expect(read(tree, 'many/3')).toBe('3 again')
    }
  })

  it('is a failure when nothing at all can be seen', async () => {
    const hops = await start({ publish, ...tolerating, rsync_module: 'pub/sub' }, (folder) =>
      many(path.join(folder, 'sub'), 5),
    )
    await runBoth(hops)
    rmSync(path.join(hops.upstream, 'sub'), { recursive: true })
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED', exitCode: 23 })
    for (const tree of trees(hops)) expect(read(tree, 'many/3')).toBe('3')
  })
})

describe.each(['in_place', 'atomic'] as const)('what an rsync leaves, published %s', (publish) => {
  const LEFT = [
    '.~tmp~/a',
    'sub/.~tmp~/b',
    '.rsync-partial/c',
    'sub/.rsync-partial/d',
    '.file.k3Xp9q',
    'sub/.x.tar.gz.aBcdef',
  ]
  const MEANT = ['.htaccess.sample', '.x.Backup', '.x.abcdef', '.x.SHA256', '.x.202611', '.d.k3Xp9q/in', 'x.k3Xp9q']

  it('is not mirrored from the upstream, but files with such names are', async () => {
    const hops = await startWith(
      (folder) => {
        for (const name of [...LEFT, ...MEANT]) put(folder, name, name)
      },
      { project: { publish } },
    )
    for (let round = 0; round < 2; round++) {
      for (const tree of trees(hops)) {
        expect(LEFT.filter((name) => has(tree, name))).toEqual([])
        expect(MEANT.filter((name) => !has(tree, name))).toEqual([])
        expect(readdirSync(tree).sort()).toEqual([...MEANT.map((name) => name.split('/')[0]), 'sub'].sort())
      }
      for (const name of LEFT) put(hops.upstream, name, `${name} again`)
      put(hops.upstream, 'file', String(round))
      MEANT.splice(MEANT.length, 0, ...(round === 0 ? ['file'] : []))
      await runBoth(hops)
    }
  })

  it('takes no file from the tree by a link that is called so, and ends no pull', async () => {
    const hops = await startWith(
      (folder) => {
        many(folder, 3)
        symlinkSync('.', path.join(folder, '.rsync-partial'))
        symlinkSync('.', path.join(folder, 'many/.~tmp~'))
        for (const name of ['sub/.rsync-partial', 'sub/.~tmp~']) put(folder, name, 'x')
      },
      { project: { publish, ...options('--delay-updates') } },
    )
    for (let round = 0; round < 2; round++) {
      for (const name of ['top', 'sub/file']) put(hops.upstream, name, String(round))
      await runBoth(hops)
      for (const tree of trees(hops)) {
        expect(readdirSync(tree).sort()).toEqual(['many', 'sub', 'top'])
        expect(readdirSync(path.join(tree, 'many'))).toEqual(['0', '1', '2'])
        expect(readdirSync(path.join(tree, 'sub'))).toEqual(['file'])
      }
    }
  })

  it('comes when an --include names it', async () => {
    const hops = await startWith((folder) => put(folder, '.file.k3Xp9q', 'meant'), {
      project: { publish, ...options('--include=.file.k3Xp9q') },
    })
    for (const tree of trees(hops)) expect(read(tree, '.file.k3Xp9q')).toBe('meant')
  })

  it('on our side goes with a folder that is gone upstream', async () => {
    const hops = await startWith(
      (folder) => {
        many(folder, 20)
        for (const name of ['gone/inner', 'too/inner']) put(folder, name, 'x')
      },
      { project: { publish, ...options('--delay-updates') } },
    )
    for (const tree of trees(hops)) {
      put(tree, 'gone/.rsync-partial/inner', 'half')
      put(tree, 'too/.~tmp~/inner', 'half')
      mkdirSync(path.join(tree, 'many/.~tmp~'))
    }
    for (const name of ['gone', 'too']) rmSync(path.join(hops.upstream, name), { recursive: true })
    await runBoth(hops)
    for (const name of ['gone', 'too']) for (const tree of trees(hops)) expect(has(tree, name), name).toBe(false)
  })
})

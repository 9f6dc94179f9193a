// Trees that are published as a whole, through both hops, with upstreams and options that are unlucky.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HopsOptions } from '../helpers/hops.ts'
import { empty, many, options, put, read, runBoth, startWith as startBoth } from '../helpers/unlucky.ts'

const atomic = { publish: 'atomic' } as const
/** Both nodes have the upstream's first state. */
const startWith = (fill: (folder: string) => void, more: HopsOptions = {}) =>
  startBoth(fill, { ...more, project: { ...atomic, ...more.project } })

describe('an upstream that is emptied between the look and the pull', () => {
  it.each([
    ['a list of names', 60],
    ['a walk', 3_000],
  ])('loses nothing on either node, by %s', async (_name, count) => {
    const hops = await startWith((folder) => many(folder, count))
    many(hops.upstream, count, ' again')
    hops.onLine((line) => {
      if (line.includes('--link-dest')) empty(hops.upstream)
    })
    const result = await hops.pull()
    hops.onLine(() => {})
    if (result.code === null) await hops.fanOut()
    for (const tree of [hops.master(), hops.slave()])
      for (const number of [0, count - 1]) expect(existsSync(path.join(tree, `many/${number}`))).toBe(true)
    expect((await hops.pull()).code).toBe('TREE_MISSING')
  })
})

describe('a file in the root that changes between the look and the pull', () => {
  it.each([
    ['the module itself', ''],
    ['a folder of the module', 'inner'],
  ])('does not come along unlisted, so that the slaves hear of it: %s', async (_name, below) => {
    const folderOf = (folder: string) => path.join(folder, below)
    const module = below === '' ? {} : { project: { rsync_module: `pub/${below}` } }
    const hops = await startWith((folder) => {
      for (const name of ['one', 'other']) put(folderOf(folder), name, name)
    }, module)
    put(folderOf(hops.upstream), 'one', 'changed')
    hops.onLine((line) => {
      if (!line.includes('--link-dest')) return
      hops.onLine(() => {})
      for (const name of ['other', 'late']) put(folderOf(hops.upstream), name, 'changed too')
    })
    await runBoth(hops)
    for (const name of readdirSync(hops.master())) expect(read(hops.slave(), name)).toBe(read(hops.master(), name))
    expect(statSync(hops.slave()).mtimeMs).toBe(statSync(hops.master()).mtimeMs)
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) {
      expect(readdirSync(tree).sort()).toEqual(['late', 'one', 'other'])
      expect(read(tree, 'other')).toBe('changed too')
    }
  })
})

it('files of one name in several folders keep their own content with --delay-updates', async () => {
  const names = ['one/inner', 'two/inner', 'three/inner']
  const hops = await startWith((folder) => names.map((name) => put(folder, name, name)), {
    project: options('--delay-updates'),
  })
  for (const name of names) put(hops.upstream, name, `${name} again`)
  await runBoth(hops)
  for (const tree of [hops.master(), hops.slave()])
    for (const name of names) expect(read(tree, name)).toBe(`${name} again`)
})

it('folders without files stay away with -m, and the others have their times', async () => {
  const hops = await startWith((folder) => put(folder, 'a', 'a'), { project: options('-m') })
  mkdirSync(path.join(hops.upstream, 'empty'))
  put(hops.upstream, 'full/b', 'b')
  utimesSync(path.join(hops.upstream, 'full'), 1_700_000_000, 1_700_000_000)
  await runBoth(hops)
  put(hops.upstream, 'a', 'a again')
  await runBoth(hops)
  for (const tree of [hops.master(), hops.slave()]) {
    expect(readdirSync(tree).sort()).toEqual(['a', 'full'])
    expect(statSync(path.join(tree, 'full')).mtimeMs).toBe(1_700_000_000_000)
  }
})

describe('a name that the options skip', () => {
  it('stays when it outgrows --max-size', async () => {
    const hops = await startWith((folder) => put(folder, 'image', 'small'), { project: options('--max-size=1k') })
    put(hops.upstream, 'image', 'small, but changed')
    await runBoth(hops)
    put(hops.upstream, 'image', '')
    truncateSync(path.join(hops.upstream, 'image'), 5_000)
    put(hops.upstream, 'other', 'new')
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) expect(read(tree, 'image')).toBe('small, but changed')
  })

  it('stays when an --exclude is added later', async () => {
    const hops = await startWith((folder) => put(folder, 'iso/a.iso', 'one'))
    put(hops.upstream, 'iso/a.iso', 'two, and longer')
    await runBoth(hops)
    hops.set(options('--exclude=*.iso'))
    put(hops.upstream, 'iso/a.iso', 'three, and still longer')
    put(hops.upstream, 'other', 'new')
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) expect(read(tree, 'iso/a.iso')).toBe('two, and longer')
  })

  it.each(['--existing', '--ignore-existing', '--update', '-u'])('never vanishes with %s', async (option) => {
    const hops = await startWith((folder) => put(folder, 'file', 'one'))
    hops.set(options(option))
    put(hops.upstream, 'file', 'two, and longer')
    put(hops.upstream, 'new', 'new')
    await runBoth(hops)
    await runBoth(hops)
    const [file, isNew] = [option === '--ignore-existing' ? 'one' : 'two, and longer', option !== '--existing']
    for (const tree of [hops.master(), hops.slave()]) {
      expect(read(tree, 'file')).toBe(file)
      expect(existsSync(path.join(tree, 'new'))).toBe(isNew)
    }
  })

  it('goes with -m when it is gone upstream', async () => {
    const hops = await startWith(
      (folder) => {
        put(folder, 'a/b/file', 'x')
        many(folder, 10)
      },
      { project: options('-m') },
    )
    rmSync(path.join(hops.upstream, 'a/b/file'))
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) expect(existsSync(path.join(tree, 'a/b/file'))).toBe(false)
  })
})

describe('a name that can be misread', () => {
  it('is on both nodes, run after run', async () => {
    const names = ['plain\t -> x', 'plain\t => y', 'new\nline', 'tab\tin', ' lead', 'back\\slash', '#hash', '*', '[a]']
    const bytes = [Buffer.from('f4908080', 'hex'), Buffer.from('f888808080', 'hex'), Buffer.from('ff', 'hex')]
    const hops = await startWith((folder) => put(folder, 'kept', 'x'))
    for (const text of ['one', 'two, and longer']) {
      for (const name of names) put(hops.upstream, name, text)
      for (const name of bytes) writeFileSync(Buffer.concat([Buffer.from(`${hops.upstream}/`), name]), text)
      await runBoth(hops)
      for (const tree of [hops.master(), hops.slave()]) {
        for (const name of names) expect(read(tree, name)).toBe(text)
        for (const name of bytes)
          expect(readFileSync(Buffer.concat([Buffer.from(`${tree}/`), name]), 'utf8')).toBe(text)
      }
    }
  })
})

describe('a folder with content that becomes something else', () => {
  it.each([
    ['with deletes', '--delete'],
    ['without', ''],
  ])('is replaced on both nodes, %s', async (_name, remove) => {
    const hops = await startWith(
      (folder) => {
        for (const name of ['latest/a', 'latest/deep/b', 'file/c', 'kept/1', 'kept/2', 'kept/3', 'kept/4', 'kept/5'])
          put(folder, name, 'x')
      },
      { project: { rsync_options: { basic: [], defaults: ['-avH'], delete: remove } } },
    )
    for (const name of ['latest', 'file']) rmSync(path.join(hops.upstream, name), { recursive: true })
    symlinkSync('kept', path.join(hops.upstream, 'latest'))
    put(hops.upstream, 'file', 'now a file')
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) {
      expect(readlinkSync(path.join(tree, 'latest'))).toBe('kept')
      expect(read(tree, 'file')).toBe('now a file')
    }
  })
})

describe('stages', () => {
  it.each(['rpm', 'debian'] as const)('of %s change nothing in what arrives', async (stages) => {
    const hops = await startWith(
      (folder) => {
        for (const name of ['repodata/repomd.xml', 'Packages/a.rpm', 'dists/x/installer-amd64/current/y'])
          put(folder, name, 'one')
      },
      { project: { stages } },
    )
    for (const name of ['repodata/repomd.xml', 'Packages/b.rpm', 'dists/x/installer-amd64/current/y'])
      put(hops.upstream, name, 'two, and longer')
    expect(await runBoth(hops)).toMatchObject({ added: 1, modified: 2, deleted: 0 })
    for (const tree of [hops.master(), hops.slave()]) {
      expect(read(tree, 'repodata/repomd.xml')).toBe('two, and longer')
      expect(read(tree, 'Packages/a.rpm')).toBe('one')
    }
  })
})

describe('a summary', () => {
  it('counts what was really added, changed and deleted', async () => {
    const hops = await startWith((folder) => many(folder, 10))
    rmSync(path.join(hops.upstream, 'many/0'))
    put(hops.upstream, 'many/1', 'changed')
    put(hops.upstream, 'new', 'new')
    chmodSync(path.join(hops.upstream, 'many/2'), 0o600)
    expect(await runBoth(hops)).toMatchObject({ added: 1, modified: 1, deleted: 1 })
  })
})

it('a folder that becomes a link out of the tree stays, whatever the idle tree has to follow', async () => {
  const hops = await startWith((folder) => ['always', 'b/inner/file'].map((name) => put(folder, name, name)))
  put(hops.upstream, 'b/later/file', 'later')
  await runBoth(hops)
  rmSync(path.join(hops.upstream, 'b'), { recursive: true })
  symlinkSync('../outside', path.join(hops.upstream, 'b'))
  put(hops.upstream, 'always', 'here again')
  await runBoth(hops)
  put(hops.upstream, 'always', 'and once more')
  await runBoth(hops)
  for (const tree of [hops.master(), hops.slave()]) {
    expect(read(tree, 'always')).toBe('and once more')
    expect(read(tree, 'b/later/file')).toBe('later')
  }
})

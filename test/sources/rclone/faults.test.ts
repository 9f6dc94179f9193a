// Remotes that answer wrongly, and syncs that are cut off: nothing is deleted by what was not seen, and nothing leaves the tree.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { callRclone } from '../../../master/sources/rclone/call-rclone.ts'
import { until } from '../../../scripts/sample/until.ts'
import { loadSettings } from '../../../settings.ts'
import { openChildRegistry } from '../../../shared/process/child-registry.ts'
import type { Call } from '../../../shared/process/tie.ts'
import { partsOf } from '../../../shared/rclone-parts.ts'
import type { RcloneKind } from '../../../shared/schemas/rclone-source.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { startNginx } from '../../helpers/nginx.ts'
import { startRclone, workTree } from '../../helpers/rclone-hops.ts'
import { startBucket } from '../../helpers/rclone-servers.ts'
import { many, put, read, runBoth } from '../../helpers/unlucky.ts'

const pages = (url: string, more: Partial<RcloneKind> = {}): RcloneKind => ({
  kind: 'rclone',
  remote: { type: 'http', url },
  ...more,
})

const startPages = async (more: Partial<RcloneKind> = {}) => {
  const folder = temporaryFolder()
  many(folder, 4)
  put(folder, 'closed/a', 'a')
  put(folder, 'b', 'b')
  const nginx = await startNginx(folder)
  const hops = await startRclone(pages(nginx.url, more), 'atomic')
  await runBoth(hops)
  return { ...hops, ...nginx }
}

describe('a web server', () => {
  it('that refuses one file loses none', async () => {
    const { pull, master, folder, behave } = await startPages()
    await behave('location = /b { return 403; }')
    rmSync(path.join(folder, 'many/0'))
    put(folder, 'new', 'new')
    expect(await pull()).toMatchObject({
      code: 'UPSTREAM_FAILED',
      outcome: 'once',
      error: expect.stringContaining('1 of the files that the remote shows cannot be read, such as "b"'),
    })
    expect(readdirSync(master()).sort()).toEqual(['b', 'closed', 'many'])
  })

  it('whose one file may be refused gives the others, and keeps that one', async () => {
    const { pull, master, folder, behave, log } = await startPages({ tolerate_unreadable: true })
    await behave('location = /b { return 403; }')
    rmSync(path.join(folder, 'many/0'))
    put(folder, 'new', 'new')
    expect(await pull()).toMatchObject({ code: null })
    expect(log()).toContain('they are kept as they were')
    expect(readdirSync(master()).sort()).toEqual(['b', 'closed', 'many', 'new'])
    expect(readdirSync(path.join(master(), 'many'))).toEqual(['1', '2', '3'])
    expect(await pull({ mode: 'full' })).toMatchObject({ code: null })
    expect(read(master(), 'b')).toBe('b')
    // An attempt that failed has lost it.
    rmSync(path.join(workTree(master()), 'b'))
    rmSync(path.join(folder, 'many/1'))
    expect(await pull()).toMatchObject({ code: null })
    expect(read(master(), 'b')).toBe('b')
    expect(readdirSync(path.join(master(), 'many'))).toEqual(['2', '3'])
  })

  it('is not asked for what the project leaves out', async () => {
    const { pull, set, master, behave, asked } = await startPages()
    await behave('location = /b { return 403; }')
    set({ filters: ['exclude /b', 'exclude many/'] })
    const before = (await asked()).length
    expect(await pull()).toMatchObject({ code: null })
    expect((await asked()).slice(before).join()).not.toContain('GET /b')
    // rsync protects what it leaves out.
    expect(readdirSync(master()).sort()).toEqual(['b', 'closed', 'many'])
    expect(readdirSync(workTree(master()))).toEqual(['closed'])
    set({ filters: ['exclude /b'] })
    expect(await pull()).toMatchObject({ code: null, summary: { added: 0, modified: 0, deleted: 0 } })
  })

  it('that fails in the middle of its pages loses nothing', async () => {
    const hops = await startPages()
    const { pull, set, master, folder, behave } = hops
    await behave('location = /closed/ { return 500; }')
    rmSync(path.join(folder, 'many/0'))
    put(folder, 'new', 'new')
    const failed = { outcome: 'retry', error: expect.stringContaining('could not be listed') }
    expect(await pull()).toMatchObject({ code: 'UPSTREAM_FAILED', ...failed })
    expect(existsSync(path.join(master(), 'new'))).toBe(false)
    set({ source: { ...pages(hops.url), tolerate_unreadable: true } })
    const result = await pull()
    expect(result).toMatchObject({ code: null, tolerated: true, error: expect.stringContaining('could not be listed') })
    expect(readdirSync(master()).sort()).toEqual(['b', 'closed', 'many', 'new'])
    expect(readdirSync(path.join(master(), 'many'))).toEqual(['0', '1', '2', '3'])
  })

  it('that shows an empty page, or none, loses nothing', async () => {
    const { pull, master, behave } = await startPages()
    await behave('location = / { default_type text/html; return 200 "<html><body></body></html>"; }')
    expect(await pull()).toMatchObject({ code: 'TREE_MISSING' })
    await behave('location = / { return 404; }')
    expect(await pull()).toMatchObject({ code: 'UPSTREAM_FAILED', outcome: 'permanent' })
    await behave('location = / { return 503; }')
    expect(await pull()).toMatchObject({ code: 'UPSTREAM_FAILED', outcome: 'retry' })
    expect(readdirSync(master()).sort()).toEqual(['b', 'closed', 'many'])
  })

  it('that packs what it sends, or says that it has, gives the files as they are', async () => {
    const { pull, master, folder, behave } = await startPages()
    const lines = 'gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;'
    await behave(`${lines} location ~ gz$ { add_header Content-Encoding gzip; }`)
    const packed = gzipSync('x'.repeat(10_000))
    put(folder, 'text.txt', 'y'.repeat(10_000))
    writeFileSync(path.join(folder, 'packed.gz'), packed)
    expect(await pull()).toMatchObject({ code: null })
    expect(readFileSync(path.join(master(), 'packed.gz'))).toEqual(packed)
    expect(read(master(), 'text.txt')).toBe('y'.repeat(10_000))
  })

  it('that tells no times is compared by sizes, and in full by fetching again', async () => {
    const { pull, master, folder, behave, asked } = await startPages()
    await behave('add_header Last-Modified ""; if_modified_since off;')
    put(folder, 'b', 'longer')
    expect(await pull()).toMatchObject({ code: null })
    expect(read(master(), 'b')).toBe('longer')
    const count = async () => (await asked()).filter((line) => /GET \/many\/\d/.test(line)).length
    const before = await count()
    await pull()
    expect(await count()).toBe(before)
    await pull({ mode: 'full' })
    expect(await count()).toBe(before + 4)
  })
})

describe('a sync', () => {
  it('that is killed keeps what has come, and the next one goes on', async () => {
    const folder = temporaryFolder()
    many(folder, 20)
    put(folder, 'slow', 'x'.repeat(3_000_000))
    const nginx = await startNginx(folder, 'location = /slow { limit_rate 500k; }')
    const hops = await startRclone(pages(nginx.url), 'atomic')
    const pulled = hops.pull()
    const tree = workTree(hops.master())
    await until('a part of it', () => statSync(path.join(tree, 'slow'), { throwIfNoEntry: false })?.size ?? 0)
    await until(
      'the others',
      () => existsSync(path.join(tree, 'many')) && readdirSync(path.join(tree, 'many')).length === 20,
    )
    const pid = await until('rclone', () => findProcess(tree))
    process.kill(pid, 'SIGKILL')
    expect(await pulled).toMatchObject({ code: 'UPSTREAM_FAILED', outcome: 'once' })
    expect(existsSync(hops.master())).toBe(false)
    await nginx.behave('')
    await runBoth(hops)
    expect(read(hops.slave(), 'slow')).toHaveLength(3_000_000)
    expect((await nginx.asked()).filter((line) => line.includes('GET /slow'))).toHaveLength(2)
    const gets = (await nginx.asked()).filter((line) => /GET \/many\/\d/.test(line))
    expect(gets).toHaveLength(20)
  })

  it('without rclone says what to install', async () => {
    const folder = temporaryFolder()
    const lines: string[] = []
    const around = {
      settings: loadSettings({ DATA_DIR: folder }, folder),
      children: {
        ...openChildRegistry(path.join(folder, 'children')),
        tie: ({ argv }: Call) => ({ bin: 'no-rclone', argv }),
      },
      home: folder,
      signal: new AbortController().signal,
      log: { writeLine: (line: string) => void lines.push(line), finish: () => {}, follow: () => () => {} },
    }
    const source = partsOf(pages('http://127.0.0.1/'))
    const called = callRclone({ around, source, knownHosts: '' }, { argv: ['version'] })
    await expect(called).rejects.toMatchObject({
      outcome: 'operator',
      message: expect.stringContaining('apt-get install'),
    })
  })

  it('that was cut off leaves no half of a file to one that sees a part', async () => {
    const { pull, set, master, url, folder, behave } = await startPages()
    put(folder, 'closed/a', 'longer than before')
    put(folder, 'new', 'new')
    // As a kill leaves it.
    writeFileSync(path.join(workTree(master()), 'closed/a'), 'longer')
    writeFileSync(path.join(path.dirname(workTree(master())), 'names'), 'closed/a\nnew\n')
    await behave('location = /closed/ { return 500; }')
    set({ source: pages(url, { tolerate_unreadable: true }) })
    expect(await pull()).toMatchObject({ code: null, tolerated: true })
    expect([read(master(), 'new'), read(master(), 'closed/a')]).toEqual(['new', 'a'])
    await behave('')
    expect(await pull()).toMatchObject({ code: null, tolerated: false })
    expect(read(master(), 'closed/a')).toBe('longer than before')
  })

  it('that sees half of an object keeps the whole one', async () => {
    const folder = temporaryFolder()
    put(folder, 'a', 'as it was')
    put(folder, 'b', 'b')
    const bucket = await startBucket(folder)
    const hops = await startRclone({ ...bucket.source, tolerate_unreadable: true }, 'atomic')
    await runBoth(hops)
    put(folder, 'a', 'another')
    put(folder, 'c', 'c')
    bucket.refuse = (key, method) => (key === 'a' && method !== 'HEAD' ? 403 : null)
    expect(await hops.pull()).toMatchObject({ code: null, tolerated: true, error: expect.stringContaining('"a"') })
    expect(readdirSync(hops.master())).toEqual(['a', 'b', 'c'])
    expect(read(hops.master(), 'a')).toBe('as it was')
  })

  it('has the limit of its project, and is seen to go on', async () => {
    const folder = temporaryFolder()
    put(folder, 'a', 'x'.repeat(10_000))
    const { url } = await startNginx(folder)
    const bandwidth = [{ from: '00:00', to: '24:00', limit: '1m' }]
    const hops = await startRclone(pages(url), 'atomic', { project: { bandwidth } })
    expect(await runBoth(hops)).toMatchObject({ bytes_transferred: 10_000 })
    expect(hops.log()).toContain('--bwlimit 1048576B')
  })

  it('is looked at without a change by a dry run', async () => {
    const hops = await startPages()
    put(hops.folder, 'new', 'new')
    expect(await hops.pull({ dryRun: true })).toMatchObject({ code: null, summary: { added: 1 } })
    expect(existsSync(path.join(hops.master(), 'new'))).toBe(false)
  })
})

describe('a bucket', () => {
  const start = async (more: Partial<RcloneKind> = {}) => {
    const folder = temporaryFolder()
    many(folder, 4)
    put(folder, 'deep/a', 'a')
    const bucket = await startBucket(folder)
    const hops = await startRclone({ ...bucket.source, ...more }, 'atomic')
    return { ...hops, bucket, folder }
  }

  it('that lists what it does not have fails, and deletes nothing', async () => {
    const { pull, master, bucket, folder, ...hops } = await start()
    await runBoth({ pull, master, ...hops })
    bucket.more.push('ghost')
    rmSync(path.join(folder, 'many/0'))
    put(folder, 'new', 'new')
    expect(await pull()).toMatchObject({
      code: 'UPSTREAM_FAILED',
      outcome: 'retry',
      error: expect.stringMatching(/1 of 2 files did not come .* such as "ghost"/),
    })
    expect(readdirSync(workTree(master())).sort()).toEqual(['deep', 'many', 'new'])
    expect(readdirSync(path.join(workTree(master()), 'many'))).toHaveLength(4)
    bucket.more.length = 0
    bucket.refuse = (key, method) => (key === 'deep/a' && method !== 'HEAD' ? 403 : null)
    put(folder, 'deep/a', 'another')
    expect(await pull()).toMatchObject({ outcome: 'permanent', error: expect.stringContaining('"deep/a"') })
    expect(read(master(), 'deep/a')).toBe('a')
    bucket.refuse = () => null
    expect(await pull()).toMatchObject({ code: null })
    expect(readdirSync(path.join(master(), 'many'))).toEqual(['1', '2', '3'])
  })

  it('writes nowhere but in its tree', async () => {
    const { bucket, folder, ...hops } = await start()
    bucket.more.push('a/../../x', '../x', '/etc/mirrorfleet-x', 'a//x', 'x\u240ay', 'deep')
    await runBoth(hops)
    expect(readdirSync(hops.slave()).sort()).toEqual(['deep', 'many'])
    expect(hops.log()).toContain('[left out, since it is a file and a folder: "deep"]')
    expect(hops.log()).toContain('since a part of it is . or ..')
    expect(existsSync('/etc/mirrorfleet-x')).toBe(false)
    expect(readdirSync(path.dirname(workTree(hops.master()))).sort()).toEqual(['known_hosts', 'tree'])
    bucket.more.length = 0
    // Somebody has put links into the tree.
    const outside = temporaryFolder()
    mkdirSync(path.join(outside, 'folder'))
    writeFileSync(path.join(outside, 'file'), 'outside')
    rmSync(path.join(workTree(hops.master()), 'deep'), { recursive: true })
    symlinkSync(path.join(outside, 'folder'), path.join(workTree(hops.master()), 'deep'))
    symlinkSync(path.join(outside, 'file'), path.join(workTree(hops.master()), 'link'))
    put(folder, 'link', 'of the bucket')
    put(folder, 'deep/b', 'b')
    await runBoth(hops)
    expect(readdirSync(path.join(outside, 'folder'))).toEqual([])
    expect(readFileSync(path.join(outside, 'file'), 'utf8')).toBe('outside')
    expect(read(hops.slave(), 'link')).toBe('of the bucket')
    expect(read(hops.slave(), 'deep/a')).toBe('a')
  })

  it('is compared by its sums in full, and only what differs is fetched', async () => {
    const { bucket, ...hops } = await start()
    await runBoth(hops)
    const broken = path.join(workTree(hops.master()), 'deep/a')
    const { atime, mtime } = statSync(broken)
    writeFileSync(broken, 'b')
    utimesSync(broken, atime, mtime)
    bucket.asked.length = 0
    expect(await hops.pull()).toMatchObject({ code: null })
    expect(bucket.asked.filter((line) => line.startsWith('GET deep'))).toEqual([])
    expect(await hops.pull({ mode: 'full' })).toMatchObject({ code: null })
    expect(bucket.asked.filter((line) => /^GET ./.test(line))).toEqual(['GET deep/a'])
    expect(read(hops.master(), 'deep/a')).toBe('a')
  })
})

/** The rclone that writes into a tree. */
function findProcess(tree: string): number | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      if (words.includes(tree) && words.includes('copy')) return Number(pid)
    } catch {
      // It has ended.
    }
  }
  return null
}

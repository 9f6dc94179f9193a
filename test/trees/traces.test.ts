// Files by which nodes say when a tree was synced: on every node, never a change, and never the upstream's to delete.

import { lstatSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Hops } from '../helpers/hops.ts'
import { many, put, read, runBoth, startWith } from '../helpers/unlucky.ts'

const NOTHING = { added: 0, modified: 0, deleted: 0 }
const both = (hops: Hops) => [hops.master(), hops.slave()]
const settings = { MASTER_HOSTNAME: 'localhost', PUBLIC_NAME: 'ftp-master.example.org' }

describe.each(['in_place', 'atomic'] as const)('of a project that is published %s', (publish) => {
  const start = (trace: object, fill: (folder: string) => void = () => {}) =>
    startWith(
      (folder) => {
        many(folder, 5)
        fill(folder)
      },
      { project: { publish, trace: trace as never }, settings },
    )

  it('a beacon is written by each run, and changes nothing', async () => {
    const hops = await start({ style: 'timestamp' })
    for (const tree of both(hops)) expect(Number(read(tree, 'lastsync'))).toBeGreaterThan(1_700_000_000)
    const before = statSync(path.join(hops.master(), 'lastsync')).ino
    expect((await hops.pull()).summary).toMatchObject(NOTHING)
    expect(statSync(path.join(hops.master(), 'lastsync')).ino).not.toBe(before)
    put(hops.upstream, 'many/1', 'changed')
    rmSync(path.join(hops.upstream, 'many/2'))
    await runBoth(hops)
    const slow = await hops.fanOut({ anchor: null, changes: null })
    expect(slow.result.summary).toMatchObject(NOTHING)
    for (const tree of both(hops)) expect(Number(read(tree, 'lastsync'))).toBeGreaterThan(1_700_000_000)
  })

  it('a beacon that the upstream has itself is ours on our nodes', async () => {
    const hops = await start({ style: 'timestamp', file: 'project/lastsync' }, (folder) =>
      put(folder, 'project/lastsync', 'of the upstream'),
    )
    for (const tree of both(hops)) expect(read(tree, 'project/lastsync')).toMatch(/^\d{10}\n$/)
    expect((await hops.pull()).summary).toMatchObject(NOTHING)
    hops.set({ trace: null })
    await runBoth(hops)
    for (const tree of both(hops)) expect(read(tree, 'project/lastsync')).toBe('of the upstream')
  })

  it("Debian's stand beside those of the upstream, in a folder with the upstream's time", async () => {
    const hops = await start({ style: 'debian' }, (folder) => {
      put(folder, 'project/trace/master', 'Thu Nov 26 00:15:39 UTC 2026\nArchive serial: 2026112601\n')
      symlinkSync('master', path.join(folder, 'project/trace/ftp-master.debian.org'))
      utimesSync(path.join(folder, 'project/trace'), 1_600_000_000.123, 1_600_000_000.123)
    })
    const own = 'project/trace/ftp-master.example.org'
    for (const tree of both(hops)) {
      const text = read(tree, own)
      expect(text).toMatch(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d UTC 20\d\d\n/)
      expect(text).toMatch(/^Archive serial: 2026112601$/m)
      expect(text).toMatch(/^Date: \w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d \+0000$/m)
      expect(readdirSync(path.join(tree, 'project/trace')).sort()).toEqual([
        'ftp-master.debian.org',
        'ftp-master.example.org',
        'master',
      ])
      const time = (folder: string) => lstatSync(path.join(folder, 'project/trace'), { bigint: true }).mtimeNs
      expect(time(tree)).toBe(time(hops.upstream))
    }
    for (let round = 0; round < 3; round++) {
      put(hops.upstream, 'many/1', `round ${round}`)
      await runBoth(hops)
      expect((await hops.pull()).summary).toMatchObject(NOTHING)
    }
    expect((await hops.fanOut({ anchor: null, changes: null })).result.summary).toMatchObject(NOTHING)
  })

  it('stay when the upstream has no such folder, or loses it', async () => {
    const hops = await start({ style: 'debian' })
    const own = 'project/trace/ftp-master.example.org'
    for (const tree of both(hops)) expect(read(tree, own)).toContain('Archive serial: unknown')
    put(hops.upstream, 'project/trace/master', 'x')
    await runBoth(hops)
    rmSync(path.join(hops.upstream, 'project'), { recursive: true })
    await runBoth(hops)
    expect((await hops.pull()).summary).toMatchObject(NOTHING)
    for (const tree of both(hops)) {
      expect(read(tree, own)).toContain('Date-Started')
      expect(readdirSync(path.join(tree, 'project/trace'))).toEqual(['ftp-master.example.org'])
    }
    expect((await hops.fanOut({ anchor: null, changes: null })).result.summary).toMatchObject(NOTHING)
  })

  it('never lead out of the tree', async () => {
    const hops = await start({ style: 'debian' }, (folder) => {
      mkdirSync(path.join(folder, 'elsewhere/trace'), { recursive: true })
      symlinkSync('elsewhere', path.join(folder, 'project'))
    })
    for (const tree of both(hops)) expect(readdirSync(path.join(tree, 'elsewhere/trace'))).toEqual([])
    expect(hops.log()).toContain('is not written: a link or a file is in the place of its folder')
  })
})

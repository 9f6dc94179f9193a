// Folders that people fill, through both hops: what is taken, what the guard lets go, and what never leaves.

import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { COPY_OPTIONS } from '../../master/services/source-input.ts'
import { type HopsOptions, startHops } from '../helpers/hops.ts'
import { empty, many, put, read, runBoth } from '../helpers/unlucky.ts'

const startFolder = async (publish: 'atomic' | 'in_place', fill: (folder: string) => void, more: HopsOptions = {}) => {
  const project = { source: { kind: 'folder' as const }, rsync_options: COPY_OPTIONS, publish, ...more.project }
  const hops = await startHops({ ...more, project })
  const folder = path.join(path.dirname(hops.master()), '.folders', 'p')
  mkdirSync(folder, { recursive: true })
  fill(folder)
  await runBoth(hops)
  return { ...hops, folder, trees: () => [hops.master(), hops.slave()] }
}

describe.each(['atomic', 'in_place'] as const)('a folder that is published %s', (publish) => {
  it('gives what is in it, and shares no file with what is served', async () => {
    const hops = await startFolder(publish, (folder) => put(folder, 'deep/a', 'one'))
    for (const tree of hops.trees()) expect(read(tree, 'deep/a')).toBe('one')
    const served = statSync(path.join(hops.master(), 'deep/a'))
    const source = statSync(path.join(hops.folder, 'deep/a'))
    expect(served.ino).not.toBe(source.ino)
    expect(source.nlink).toBe(1)
    put(hops.folder, 'deep/a', 'two')
    put(hops.folder, 'b', 'new')
    for (const tree of hops.trees()) expect(read(tree, 'deep/a')).toBe('one')
    expect(await runBoth(hops)).toMatchObject({ added: 1, modified: 1, bytes_transferred: 0 })
    for (const tree of hops.trees()) expect([read(tree, 'deep/a'), read(tree, 'b')]).toEqual(['two', 'new'])
  })

  it('may lose up to ten files at once, and not the half of many', async () => {
    const hops = await startFolder(publish, (folder) => many(folder, 12))
    for (let number = 0; number < 9; number++) rmSync(path.join(hops.folder, `many/${number}`))
    await runBoth(hops)
    for (const tree of hops.trees()) expect(readdirSync(path.join(tree, 'many')).sort()).toEqual(['10', '11', '9'])
    many(hops.folder, 40)
    await runBoth(hops)
    for (let number = 0; number < 30; number++) rmSync(path.join(hops.folder, `many/${number}`))
    expect(await hops.pull()).toMatchObject({ code: 'DELETE_GUARD' })
    expect(readdirSync(path.join(hops.master(), 'many'))).toHaveLength(40)
    expect(await hops.pull({ force: true })).toMatchObject({ code: null })
    expect(readdirSync(path.join(hops.master(), 'many'))).toHaveLength(10)
  })

  it('that is emptied, or not there, takes nothing away', async () => {
    const hops = await startFolder(publish, (folder) => many(folder, 4))
    empty(hops.folder)
    expect(await hops.pull()).toMatchObject({ code: 'TREE_MISSING' })
    rmSync(hops.folder, { recursive: true })
    expect(await hops.pull()).toMatchObject({
      code: 'UPSTREAM_FAILED',
      outcome: 'operator',
      error: expect.stringContaining('Is its disk mounted?'),
    })
    expect(readdirSync(path.join(hops.master(), 'many'))).toHaveLength(4)
  })

  it('may be empty at first', async () => {
    const hops = await startFolder(publish, () => {})
    put(hops.folder, 'a', 'one')
    await runBoth(hops)
    for (const tree of hops.trees()) expect(read(tree, 'a')).toBe('one')
  })

  it('leads nowhere by links, and keeps uploads that are not whole', async () => {
    const hops = await startFolder(publish, (folder) => {
      put(folder, 'a', 'one')
      symlinkSync('/etc/passwd', path.join(folder, 'out'))
      put(folder, '.image.iso.AbCdEf', 'half')
    })
    for (const tree of hops.trees()) {
      expect(readdirSync(tree)).toEqual(['a'])
      expect(existsSync(path.join(tree, 'out'))).toBe(false)
    }
  })

  it('is looked at without a change by a dry run', async () => {
    const hops = await startFolder(publish, (folder) => put(folder, 'a', 'one'))
    put(hops.folder, 'b', 'new')
    expect(await hops.pull({ dryRun: true })).toMatchObject({ code: null, summary: { added: 1 } })
    expect(readdirSync(hops.master())).toEqual(['a'])
  })
})

// Changes that whole seconds do not show: files rewritten with the same size within a second.

import { readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openChildRegistry } from '../../shared/process/child-registry.ts'
import { keepsNanoseconds } from '../../shared/trees/time-grain.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startHops } from '../helpers/hops.ts'
import { canMountImages, mountCoarseDisk } from '../helpers/mount.ts'
import { many, put, read, runBoth, startWith } from '../helpers/unlucky.ts'

/** Writes a file of three bytes with a time in the given second, `fraction` of it past. */
const write = (folder: string, text: string, fraction: number) => {
  const file = path.join(folder, 'file')
  writeFileSync(file, text)
  utimesSync(file, 1_700_000_000 + fraction, 1_700_000_000 + fraction)
}

describe.each(['in_place', 'atomic'] as const)('a file that is rewritten within a second, published %s', (publish) => {
  it('is not missed on either node', async () => {
    const hops = await startWith((folder) => write(folder, 'one', 0.25), { project: { publish } })
    write(hops.upstream, 'two', 0.75)
    expect(await runBoth(hops)).toMatchObject({ modified: 1 })
    for (const tree of [hops.master(), hops.slave()]) expect(read(tree, 'file')).toBe('two')
    expect(await runBoth(hops)).toMatchObject({ modified: 0 })
  })

  it('is fetched once more only when the upstream is the one that it came from', async () => {
    const hops = await startWith((folder) => write(folder, 'one', 0.25), { project: { publish } })
    write(hops.upstream, 'one', 0.75)
    hops.set({ pulled_from: 'rsync://another.example/m/' })
    put(hops.upstream, 'other', 'new')
    expect(await runBoth(hops)).toMatchObject({ added: 1, modified: 0 })
    expect(await runBoth(hops)).toMatchObject({ added: 0, modified: 1 })
  })

  it("follows the project's own --modify-window", async () => {
    const rsync_options = { basic: ['--modify-window=1'], defaults: ['-avH'], delete: '--delete' }
    const hops = await startWith((folder) => write(folder, 'one', 0.25), { project: { publish, rsync_options } })
    write(hops.upstream, 'two', 0.75)
    put(hops.upstream, 'other', 'new')
    expect(await runBoth(hops)).toMatchObject({ added: 1, modified: 0 })
  })
})

/** Three bytes in a second that is not over: the time of a file that has just been written, in whole seconds. */
const writeNow = (folder: string, text: string, second: number) => {
  writeFileSync(path.join(folder, 'file'), text)
  utimesSync(path.join(folder, 'file'), second, second)
}
const thisSecond = () => Math.floor(Date.now() / 1000)
const AGAIN = /written a moment ago/

describe.each(['in_place', 'atomic'] as const)('an upstream with times in whole seconds, published %s', (publish) => {
  it('is looked at again when the second of a file is over, and nothing is missed', async () => {
    const hops = await startWith((folder) => put(folder, 'other', 'x'), { project: { publish } })
    const second = thisSecond()
    writeNow(hops.upstream, 'one', second)
    hops.onLine((line) => {
      if (AGAIN.test(line)) writeNow(hops.upstream, 'two', second)
    })
    expect(await runBoth(hops)).toMatchObject({ added: 1, deleted: 0 })
    for (const tree of [hops.master(), hops.slave()]) expect(read(tree, 'file')).toBe('two')
    expect(await runBoth(hops)).toMatchObject({ added: 0, modified: 0 })
    expect(hops.log().match(new RegExp(AGAIN, 'g'))).toHaveLength(2)
  })

  it('keeps what is to be deleted to be deleted', async () => {
    const hops = await startWith((folder) => many(folder, 10), { project: { publish, stages: 'rpm' } })
    rmSync(path.join(hops.upstream, 'many/3'))
    writeNow(hops.upstream, 'one', thisSecond())
    expect(await runBoth(hops)).toMatchObject({ added: 1, deleted: 1, total_files: 12 })
  })

  it('has a file that is written all the time fetched again by the next run', async () => {
    const hops = await startWith((folder) => put(folder, 'other', 'x'), { project: { publish } })
    const second = thisSecond()
    writeNow(hops.upstream, '0', second)
    let looks = 0
    hops.onLine((line) => {
      if (AGAIN.test(line)) writeNow(hops.upstream, String(++looks), second)
    })
    await runBoth(hops)
    expect(looks).toBe(3)
    hops.onLine(() => {})
    writeNow(hops.upstream, '9', second)
    expect(await runBoth(hops)).toMatchObject({ modified: 1 })
    for (const tree of [hops.master(), hops.slave()]) expect(read(tree, 'file')).toBe('9')
  })

  it('is looked at again where an attempt before has brought a file, and failed', async () => {
    const hops = await startHops({ project: { publish, created_at: new Date().toISOString() } })
    const second = thisSecond()
    put(hops.upstream, 'other', 'x')
    writeNow(hops.upstream, 'one', second)
    const out = path.join(hops.upstream, '..', 'gone')
    hops.onLine((line) => {
      // The upstream breaks off when all has come: its answer to the second look is an error.
      if (AGAIN.test(line)) renameSync(hops.upstream, out)
    })
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED' })
    renameSync(out, hops.upstream)
    writeNow(hops.upstream, 'two', second)
    hops.onLine(() => {})
    expect(await hops.pull({}, 2)).toMatchObject({ code: null })
    expect(read(hops.master(), 'file')).toBe('two')
  })
})

describe.runIf(canMountImages())('a disk that keeps times in whole seconds', () => {
  const startCoarse = async (publish: 'in_place' | 'atomic') => {
    const root = temporaryFolder()
    for (const name of ['mirror', 'public']) mountCoarseDisk(path.join(root, name))
    const hops = await startHops({ root, project: { publish } })
    many(hops.upstream, 5)
    await runBoth(hops)
    return hops
  }

  it('is known from one that keeps nanoseconds', async () => {
    const folder = temporaryFolder()
    const home = temporaryFolder()
    const programs = { home, children: openChildRegistry(path.join(home, 'c')), signal: new AbortController().signal }
    mountCoarseDisk(path.join(folder, 'coarse'))
    // One time in a hundred ends with two zeros.
    for (let time = 0; time < 300; time++) expect(await keepsNanoseconds(folder, programs)).toBe(true)
    expect(await keepsNanoseconds(path.join(folder, 'coarse'), programs)).toBe(false)
    expect(await keepsNanoseconds(path.join(folder, 'missing'), programs)).toBe(true)
    expect(readdirSync(folder)).toEqual(['coarse', 'coarse.img'])
  })

  it.each(['in_place', 'atomic'] as const)(
    'has nothing fetched again that is as it was, published %s',
    async (publish) => {
      const hops = await startCoarse(publish)
      expect(await runBoth(hops)).toMatchObject({ added: 0, modified: 0, bytes_transferred: expect.any(Number) })
      await hops.pull()
      const slow = await hops.fanOut({ anchor: null, changes: null })
      expect(slow).toMatchObject({ method: 'slow', drift: null, result: { summary: { added: 0, modified: 0 } } })
    },
  )

  it('still has what a list names fetched by a slave, whatever its time', async () => {
    const hops = await startCoarse('in_place')
    const second = thisSecond()
    writeNow(hops.upstream, 'one', second)
    await runBoth(hops)
    // As by a master whose disk keeps more of a time than the slave's.
    writeFileSync(path.join(hops.master(), 'file'), 'two')
    utimesSync(path.join(hops.master(), 'file'), second, second)
    await hops.pull()
    const end = await hops.fanOut({}, new Map([['file', 'file']]))
    expect(end).toMatchObject({ method: 'normal', result: { outcome: 'success' } })
    expect(read(hops.slave(), 'file')).toBe('two')
  })
})

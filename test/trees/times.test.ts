// Changes that whole seconds do not show: files rewritten with the same size within a second.

import { utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { put, read, runBoth, startWith } from '../helpers/unlucky.ts'

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

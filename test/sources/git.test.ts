// Repositories through both hops: git's daemon and git over HTTP, forges that are emptied, and trees that try to run something.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { COPY_OPTIONS } from '../../master/services/source-input.ts'
import { gitSource } from '../../master/sources/git/git.ts'
import type { GitKind } from '../../shared/schemas/source.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { makeForge, runGit, startGitDaemon, startGitWeb } from '../helpers/git-server.ts'
import { type HopsOptions, startHops } from '../helpers/hops.ts'
import { read, runBoth } from '../helpers/unlucky.ts'

const startGit = (source: Omit<GitKind, 'kind'>, publish: 'atomic' | 'in_place', more: HopsOptions = {}) => {
  const git: GitKind = { kind: 'git', ...source }
  const project = { source: git, rsync_options: COPY_OPTIONS, publish, stages: gitSource(git).stages, ...more.project }
  return startHops({ ...more, project })
}
const place = (master: string) => path.join(path.dirname(master), '.mirrorfleet', 'p-k', 'source')
const refsOf = (tree: string) => runGit(tree, 'for-each-ref', '--format=%(objectname) %(refname)')
/** What a client gets who clones from the tree. */
const cloned = (tree: string): string => {
  const folder = temporaryFolder()
  runGit(folder, 'clone', '-q', tree, 'clone')
  return path.join(folder, 'clone')
}

describe.each(['atomic', 'in_place'] as const)('a repository that is published %s', (publish) => {
  it('is the same on all nodes, after each change', async () => {
    const forge = makeForge()
    forge.commit('main', 'a', 'one')
    forge.commit('other', 'b', 'two')
    const hops = await startGit({ url: await startGitDaemon(forge) }, publish)
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) {
      expect(refsOf(tree)).toBe(refsOf(forge.bare))
      expect(read(cloned(tree), 'a')).toBe('one')
      runGit(tree, 'fsck', '--strict')
    }
    expect(existsSync(path.join(hops.master(), 'hooks'))).toBe(false)
    forge.commit('main', 'a', 'again')
    forge.git('tag', '-m', 'a tag', 'v1', 'main')
    forge.git('branch', '-D', 'other')
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) {
      expect(refsOf(tree)).toBe(refsOf(forge.bare))
      expect(read(cloned(tree), 'a')).toBe('again')
      expect(read(tree, 'info/refs')).toContain('refs/tags/v1')
    }
    const before = hops.log().length
    expect(await runBoth(hops)).toMatchObject({ added: 0, modified: 0, deleted: 0 })
    expect(hops.log().slice(before)).toContain('nothing is fetched')
    expect(hops.log().slice(before)).not.toContain('$ git fetch')
  })

  it('of a forge that is suddenly empty keeps all refs', async () => {
    const forge = makeForge()
    for (const branch of ['main', 'b', 'c', 'd']) forge.commit(branch, 'a', branch)
    const hops = await startGit({ url: await startGitDaemon(forge) }, publish)
    await runBoth(hops)
    const refs = refsOf(hops.master())
    for (const branch of ['b', 'c', 'd']) forge.git('branch', '-D', branch)
    expect(await hops.pull()).toMatchObject({ code: 'DELETE_GUARD', error: expect.stringContaining('3 refs are gone') })
    forge.git('update-ref', '-d', 'refs/heads/main')
    expect(await hops.pull()).toMatchObject({ code: 'TREE_MISSING', error: expect.stringContaining('All 4 refs') })
    expect(refsOf(hops.master())).toBe(refs)
    forge.commit('main', 'a', 'new')
    expect(await hops.pull({ force: true })).toMatchObject({ code: null })
    expect(refsOf(hops.master())).toBe(refsOf(forge.bare))
  })

  it('may rename all of its branches', async () => {
    const forge = makeForge()
    for (const branch of ['a', 'b', 'c']) forge.commit(branch, 'a', branch)
    const hops = await startGit({ url: await startGitDaemon(forge) }, publish)
    await runBoth(hops)
    for (const branch of ['a', 'b', 'c']) forge.git('branch', '-m', branch, `new-${branch}`)
    await runBoth(hops)
    expect(refsOf(hops.slave())).toBe(refsOf(forge.bare))
  })
})

describe('a repository', () => {
  it.each([
    ['smart', true],
    ['plain', false],
  ])('comes over %s HTTP', async (_name, smart) => {
    const forge = makeForge()
    forge.commit('main', 'a', 'one')
    forge.commit('trunk', 'b', 'two')
    forge.git('symbolic-ref', 'HEAD', 'refs/heads/trunk')
    forge.git('update-server-info')
    const hops = await startGit({ url: await startGitWeb(forge, smart) }, 'atomic')
    await runBoth(hops)
    expect(refsOf(hops.slave())).toBe(refsOf(forge.bare))
    expect(read(hops.slave(), 'HEAD')).toBe('ref: refs/heads/trunk\n')
  })

  it('that is empty at first is refused, and taken when there is something in it', async () => {
    const forge = makeForge()
    const hops = await startGit({ url: await startGitDaemon(forge) }, 'atomic')
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_EMPTY', error: expect.stringContaining('source.url') })
    forge.commit('main', 'a', 'one')
    await runBoth(hops)
  })

  it('has only the refs that are wanted', async () => {
    const forge = makeForge()
    forge.commit('main', 'a', 'one')
    forge.git('update-ref', 'refs/pull/1/head', 'refs/heads/main')
    const hops = await startGit({ url: await startGitDaemon(forge) }, 'in_place')
    await runBoth(hops)
    expect(refsOf(hops.slave())).toContain('refs/pull/1/head')
    const source: GitKind = { ...(hops.project().source as GitKind), refs: ['refs/heads/*', 'refs/tags/*'] }
    hops.set({ source })
    await runBoth(hops)
    expect(refsOf(hops.slave())).not.toContain('refs/pull')
  })

  it('as a checkout is the files of its branch, and only what changed is touched', async () => {
    const forge = makeForge()
    forge.commit('main', 'docs/a', 'one')
    forge.commit('main', 'docs/b', 'two')
    const hops = await startGit({ url: await startGitDaemon(forge), form: 'checkout' }, 'atomic')
    await runBoth(hops)
    const kept = statSync(path.join(hops.slave(), 'docs/a')).ino
    forge.commit('main', 'docs/b', 'again')
    await runBoth(hops)
    expect(readdirSync(hops.slave())).toEqual(['docs'])
    expect(read(hops.slave(), 'docs/b')).toBe('again')
    expect(statSync(path.join(hops.slave(), 'docs/a')).ino).toBe(kept)
  })

  it.each([
    [404, 'permanent'],
    [401, 'permanent'],
    [503, 'retry'],
  ])('whose server answers %i ends as %s, and changes nothing', async (status, outcome) => {
    const forge = makeForge()
    forge.commit('main', 'a', 'one')
    let refuses = false
    const url = await startGitWeb(forge, true, () => (refuses ? status : null))
    const hops = await startGit({ url }, 'atomic')
    await runBoth(hops)
    refuses = true
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED', outcome, exitCode: 128 })
    expect(refsOf(hops.master())).toBe(refsOf(forge.bare))
  })

  it('runs nothing that its own tree asks for, and mends what a kill has left', async () => {
    const forge = makeForge()
    forge.commit('main', 'a', 'one')
    const hops = await startGit({ url: await startGitDaemon(forge) }, 'atomic')
    await runBoth(hops)
    const mirror = path.join(place(hops.master()), 'mirror')
    const proof = path.join(forge.root, 'proof')
    mkdirSync(path.join(mirror, 'hooks'))
    writeFileSync(path.join(mirror, 'hooks/reference-transaction'), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 })
    writeFileSync(path.join(mirror, 'config'), `[core]\n\tbare = true\n\tgitProxy = touch ${proof}; false\n`)
    for (const lock of ['HEAD.lock', 'packed-refs.lock', 'refs/heads/main.lock', 'objects/pack/tmp_pack_x'])
      writeFileSync(path.join(mirror, lock), '')
    forge.commit('main', 'a', 'again')
    await runBoth(hops)
    expect(existsSync(proof)).toBe(false)
    expect(read(hops.slave(), 'config')).not.toContain('gitProxy')
    expect(readdirSync(path.join(hops.slave(), 'objects/pack')).join()).not.toContain('tmp_pack')
    expect(refsOf(hops.slave())).toBe(refsOf(forge.bare))
  })

  it('that is no repository any more is fetched anew', async () => {
    const forge = makeForge()
    forge.commit('main', 'a', 'one')
    const hops = await startGit({ url: await startGitDaemon(forge) }, 'atomic')
    await runBoth(hops)
    rmSync(path.join(place(hops.master()), 'mirror/HEAD'))
    await runBoth(hops)
    expect(refsOf(hops.slave())).toBe(refsOf(forge.bare))
  })

  it('with many packs has few afterwards, and loses nothing', async () => {
    const forge = makeForge()
    forge.commit('main', 'a', 'one')
    const hops = await startGit({ url: await startGitDaemon(forge) }, 'in_place')
    await runBoth(hops)
    const packs = (tree: string) => readdirSync(path.join(tree, 'objects/pack')).filter((one) => one.endsWith('.pack'))
    for (let number = 0; number < 41; number++) {
      forge.commit('main', 'a', `${number}`)
      expect(await hops.pull()).toMatchObject({ code: null })
    }
    expect(packs(hops.master()).length).toBeLessThan(10)
    await runBoth(hops)
    runGit(hops.slave(), 'fsck', '--strict')
    expect(refsOf(hops.slave())).toBe(refsOf(forge.bare))
    await hops.pull({ mode: 'full' })
    expect(packs(hops.master())).toHaveLength(1)
    expect(readFileSync(path.join(hops.master(), 'objects/info/packs'), 'utf8')).toContain(packs(hops.master())[0])
  })
})

// The ready-made commands for sources, each against a real server, where its tool is installed.

import { execFile, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/folder.ts'
import { makeForge, runGit, startGitDaemon } from '../helpers/git-server.ts'
import { startNginx } from '../helpers/nginx.ts'
import { filesIn, openRepository } from '../helpers/repositories.ts'
import { put, read } from '../helpers/unlucky.ts'

const COMMANDS = readdirSync('deploy/commands').sort()
const isThere = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0

/** Runs a command as the master does, outside of the sandbox. */
const run = (
  name: string,
  tree: string,
  env: Record<string, string>,
  args: string[] = [],
  folder = 'deploy/commands',
) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    const file = path.resolve(folder, name)
    const all = { PATH: process.env.PATH, HOME: tree, MIRRORFLEET_TREE: tree, MIRRORFLEET_MODE: 'sync', ...env }
    execFile(file, args, { cwd: tree, env: { ...all, MIRRORFLEET_BWLIMIT: '' } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    )
  })

/** A web server with a few files, and a tree to fill from it. */
const startWeb = async () => {
  const folder = temporaryFolder()
  const [web, tree] = [path.join(folder, 'web'), path.join(folder, 'tree')]
  mkdirSync(tree)
  for (const name of ['pub/a', 'pub/deep/b c', 'pub/deep/#d', 'beside']) put(web, name, name)
  const { url, behave } = await startNginx(web)
  return {
    web,
    tree,
    behave,
    upstream: { MIRRORFLEET_UPSTREAM: `${url}pub/`, LFTP_SETTINGS: 'set net:reconnect-interval-base 1' },
  }
}

describe('the commands of deploy/commands', () => {
  it.each(COMMANDS)('%s is a script that says when its source is wrong', async (name) => {
    expect(spawnSync('sh', ['-n', `deploy/commands/${name}`]).status).toBe(0)
    const wrong = await run(name, temporaryFolder(), { MIRRORFLEET_UPSTREAM: 'file:///etc' })
    expect(wrong).toMatchObject({ code: 64, output: expect.stringMatching(/must be|give one argument/) })
  })

  it.each(['lftp', 'wget'].filter(isThere))('%s follows a folder of a web server', async (name) => {
    const { web, tree, upstream, behave } = await startWeb()
    expect(await run(name, tree, upstream)).toMatchObject({ code: 0 })
    expect(filesIn(tree)).toEqual(['a', 'deep/#d', 'deep/b c'])
    put(web, 'pub/a', 'changed, and longer')
    put(web, 'pub/new', 'new')
    rmSync(path.join(web, 'pub/deep/#d'))
    expect(await run(name, tree, upstream)).toMatchObject({ code: 0 })
    expect(filesIn(tree)).toEqual(['a', 'deep/b c', 'new'])
    expect(read(tree, 'a')).toBe('changed, and longer')
    await behave('return 503;')
    expect((await run(name, tree, upstream)).code).not.toBe(0)
    expect(filesIn(tree)).toHaveLength(3)
  })

  it('tunasync gives a script what tunasync would', async () => {
    const [folder, tree] = [temporaryFolder(), temporaryFolder()]
    cpSync('deploy/commands/tunasync', path.join(folder, 'tunasync'))
    const script =
      '#!/bin/sh\necho "$TUNASYNC_MIRROR_NAME $TUNASYNC_UPSTREAM_URL $1" > "$TUNASYNC_WORKING_DIR/said"\nexit 7\n'
    writeFileSync(path.join(folder, 'script.sh'), script, { mode: 0o755 })
    const env = { MIRRORFLEET_PROJECT: 'pypi', MIRRORFLEET_UPSTREAM: 'https://h.example.org/' }
    expect(await run('tunasync', tree, env, ['script.sh', 'a b'], folder)).toMatchObject({ code: 7 })
    expect(read(tree, 'said')).toBe('pypi https://h.example.org/ a b\n')
    for (const wrong of ['../script.sh', 'none.sh'])
      expect(await run('tunasync', tree, env, [wrong], folder)).toMatchObject({ code: 64 })
  })

  it('git-many follows a list of repositories', async () => {
    const [one, two] = [makeForge(), makeForge()]
    for (const forge of [one, two]) forge.commit('main', 'a', 'one')
    const folder = temporaryFolder()
    const tree = temporaryFolder()
    cpSync('deploy/commands/git-many', path.join(folder, 'git-many'))
    const list = (...lines: string[]) => writeFileSync(path.join(folder, 'list'), `# two\n${lines.join('\n')}\n`)
    const [first, second] = [`group/one ${await startGitDaemon(one)}`, `two ${await startGitDaemon(two)}`]
    const sync = () => run('git-many', tree, {}, ['list'], folder)
    list(first, second)
    expect(await sync()).toMatchObject({ code: 0, output: expect.stringContaining('progress 100') })
    const refs = (name: string) => runGit(path.join(tree, name), 'for-each-ref')
    expect([refs('group/one.git'), refs('two.git')]).toEqual([one.git('for-each-ref'), two.git('for-each-ref')])
    two.git('update-ref', '-d', 'refs/heads/main')
    one.commit('main', 'a', 'again')
    expect(await sync()).toMatchObject({ code: 10, output: expect.stringContaining('two: has no refs') })
    expect(refs('two.git')).not.toBe('')
    expect(refs('group/one.git')).toBe(one.git('for-each-ref'))
    list(second.replace('two', '../two'))
    expect(await sync()).toMatchObject({ code: 64 })
    two.commit('main', 'a', 'back')
    list(second)
    expect(await sync()).toMatchObject({ code: 0 })
    expect([existsSync(path.join(tree, 'group/one.git')), existsSync(path.join(tree, 'two.git'))]).toEqual([
      false,
      true,
    ])
  })

  it.runIf(isThere('debmirror'))('debmirror follows a part of an archive, whose signature it checks', async () => {
    const { folder, root } = await openRepository('debian')
    const [dist = ''] = readdirSync(path.join(folder, 'dists'))
    const { url } = await startNginx(path.dirname(folder))
    const tree = temporaryFolder()
    const env = { MIRRORFLEET_UPSTREAM: `${url}tree`, DISTS: dist, ARCHS: 'amd64' }
    const done = await run('debmirror', tree, { ...env, KEYRING: path.join(root, 'keyring') })
    expect(done.output, done.output).toContain('All done')
    expect(done.code, done.output).toBe(0)
    expect(filesIn(path.join(tree, 'pool'))).not.toEqual([])
    for (const name of filesIn(path.join(tree, 'pool'))) expect(filesIn(path.join(folder, 'pool'))).toContain(name)
    const other = temporaryFolder()
    expect((await run('debmirror', other, { ...env, KEYRING: '/dev/null' })).code).not.toBe(0)
    expect(existsSync(path.join(other, 'pool'))).toBe(false)
  })

  it.runIf(isThere('apt-mirror'))('apt-mirror follows an archive', async () => {
    const { folder } = await openRepository('debian')
    const [dist = ''] = readdirSync(path.join(folder, 'dists'))
    const { url } = await startNginx(path.dirname(folder))
    const [commands, tree] = [temporaryFolder(), temporaryFolder()]
    cpSync('deploy/commands/apt-mirror', path.join(commands, 'apt-mirror'))
    writeFileSync(
      path.join(commands, 'list'),
      `set nthreads 2\nset base_path /elsewhere\ndeb http://archive.example.org/tree ${dist} main\n`,
    )
    // It does not find what came from an address with a port.
    const done = await run('apt-mirror', tree, { http_proxy: url }, ['list'], commands)
    expect(done.code, done.output).toBe(0)
    const names = filesIn(tree).filter((name) => name.endsWith('.deb'))
    expect(names, done.output).not.toEqual([])
    expect(names.every((name) => filesIn(folder).some((one) => name.endsWith(`/tree/${one}`)))).toBe(true)
  })

  it.runIf(isThere('dnf'))('reposync follows an rpm repository with its metadata', async () => {
    const { folder } = await openRepository('rpm')
    const repository = filesIn(folder).find((name) => name.endsWith('repodata/repomd.xml')) ?? ''
    const base = path.join(folder, path.dirname(path.dirname(repository)))
    const { url } = await startNginx(base)
    const tree = temporaryFolder()
    const done = await run('reposync', tree, { MIRRORFLEET_UPSTREAM: url, OPTIONS: '--setopt=mirror.gpgcheck=0' })
    expect(done.code, done.output).toBe(0)
    expect(filesIn(tree)).toContain('repodata/repomd.xml')
    const packages = (at: string) => filesIn(at).filter((name) => name.endsWith('.rpm'))
    expect(packages(tree)).toEqual(packages(base).filter((name) => !name.endsWith('.drpm')))
  })
})

// Atomic publishing by a real fleet: flips, rollback, health, and what the web servers see.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { changeSampleTree, compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { usePublishing } from '../helpers/publishing.ts'

const { sample, slaveAt, servedBy, upstreamFile, allServed, newsOf, add, projectOf, health, publishNews } =
  usePublishing()

describe('an atomic project', () => {
  it('is a symlink to a whole tree, whose unchanged files are the same inodes as before', async () => {
    await add('atomic', {})
    const first = await sample.fleet.api.sync('atomic')
    expect(first).toMatchObject({ state: 'succeeded', generation: 1 })
    expect(first.slaves.map(({ method }) => method)).toEqual(['slow', 'slow'])
    const before = allServed('atomic').map((tree) => ({
      target: readlinkSync(tree),
      inode: statSync(path.join(tree, 'disk.img')).ino,
    }))
    await publishNews('atomic', 'first\n')
    const second = await publishNews('atomic', 'second\n')
    expect(second.slaves).toMatchObject([
      { state: 'succeeded', method: 'normal', generation: 3, summary: { added: 0, modified: 1, deleted: 0 } },
      { state: 'succeeded', method: 'normal', generation: 3 },
    ])
    for (const [index, tree] of allServed('atomic').entries()) {
      expect(lstatSync(tree).isSymbolicLink()).toBe(true)
      expect(compareTrees(sample.upstream.folder, `${tree}/`)).toBe('')
      expect(statSync(path.join(tree, 'disk.img')).ino).toBe(before[index]?.inode)
      expect(newsOf(tree)).toBe('second\n')
    }
    expect(await projectOf('atomic')).toMatchObject({ publish: 'atomic', generation: 3, published_generation: 3 })
  })

  it('leaves the attributes of what is served alone while the next tree is filled', async () => {
    await add('attributes', {})
    await sample.fleet.api.sync('attributes')
    await publishNews('attributes', 'a\n')
    const trees = allServed('attributes').map((tree) => path.join(path.dirname(tree), readlinkSync(tree)))
    const modes = trees.map((tree) => statSync(path.join(tree, 'disk.img')).mode)
    chmodSync(upstreamFile('disk.img'), 0o640)
    expect((await sample.fleet.api.sync('attributes')).state).toBe('succeeded')
    // The trees that were served are the idle ones now.
    expect(trees.map((tree) => statSync(path.join(tree, 'disk.img')).mode)).toEqual(modes)
    for (const tree of allServed('attributes')) expect(statSync(path.join(tree, 'disk.img')).mode & 0o777).toBe(0o640)
  })

  it('that did not change needs no rsync on the slaves', async () => {
    const run = await sample.fleet.api.sync('atomic')
    const again = await sample.fleet.api.sync('atomic')
    expect(again.generation).toBe((run.generation ?? 0) + 1)
    for (const slave of again.slaves)
      expect(slave).toMatchObject({ state: 'succeeded', method: 'normal', exit_code: null })
  })

  it('goes back, and forward again', async () => {
    await publishNews('atomic', 'good\n')
    await publishNews('atomic', 'bad\n')
    const { api } = sample.fleet
    const { run, generation } = await api.ask('/rollback_project/', { id: 'atomic' })
    expect(await api.waitForRun(run)).toMatchObject({ trigger: 'rollback', state: 'succeeded', generation })
    for (const tree of allServed('atomic')) expect(newsOf(tree)).toBe('good\n')
    const slaves = await api.ask('/list_slaves/')
    for (const slave of slaves) expect(slave.projects.atomic).toMatchObject({ anchor: generation, lag: 0 })
    expect((await api.call('/rollback_project/', { id: 'atomic' })).body.error.code).toBe('NO_EARLIER_TREE')
    await changeSampleTree(sample.upstream.folder)
    expect((await publishNews('atomic', 'better\n')).state).toBe('succeeded')
    for (const tree of allServed('atomic')) {
      expect(newsOf(tree)).toBe('better\n')
      expect(compareTrees(sample.upstream.folder, `${tree}/`)).toBe('')
    }
  })

  it('goes back also when a slave is off, which follows when it is back', async () => {
    const { api, startSlave } = sample.fleet
    await publishNews('atomic', 'fine\n')
    await publishNews('atomic', 'broken\n')
    await slaveAt(1).process?.stop()
    const { run } = await api.ask('/rollback_project/', { id: 'atomic' })
    expect((await api.waitForRun(run)).state).toBe('partial')
    expect(newsOf(servedBy(slaveAt(0), 'atomic'))).toBe('fine\n')
    expect(newsOf(servedBy(slaveAt(1), 'atomic'))).toBe('broken\n')
    await startSlave(slaveAt(1))
    await until('it to follow', () => newsOf(servedBy(slaveAt(1), 'atomic')) === 'fine\n')
  })

  it('goes back to any of the trees that are kept, on all nodes', async () => {
    const { api } = sample.fleet
    await add('kept', { keep_generations: 4 })
    await api.sync('kept')
    for (const text of ['two\n', 'three\n', 'four\n', 'five\n']) await publishNews('kept', text)
    const listed = async () =>
      (await api.ask('/list_generations/?id=kept')).map(
        ({ generation, state }: { generation: number; state: string }) => [generation, state],
      )
    const kept = (generation: number) => [generation, 'kept']
    expect(await listed()).toEqual([[5, 'published'], kept(4), kept(3), kept(2)])
    const refused = await api.call('/rollback_project/', { id: 'kept', generation: 1 })
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'GENERATION_NOT_KEPT' } } })
    expect(refused.body.error.message).toContain('it keeps 4, 3, 2')

    const { run } = await api.ask('/rollback_project/', { id: 'kept', generation: 2 })
    const back = await api.waitForRun(run)
    expect(back).toMatchObject({ trigger: 'rollback', state: 'succeeded', generation: 2 })
    for (const tree of allServed('kept')) expect(newsOf(tree)).toBe('two\n')
    for (const slave of await api.ask('/list_slaves/')) expect(slave.projects.kept).toMatchObject({ anchor: 2, lag: 0 })
    await sample.fleet.master.stop()
    await sample.fleet.startMaster()
    // Nothing is earlier, and what comes next goes on from there.
    expect((await api.call('/rollback_project/', { id: 'kept' })).body.error.code).toBe('NO_EARLIER_TREE')
    mkdirSync(upstreamFile('after-the-rollback'))
    writeFileSync(upstreamFile('after-the-rollback/new'), 'new')
    expect((await publishNews('kept', 'six\n')).state).toBe('succeeded')
    for (const tree of allServed('kept')) expect(compareTrees(sample.upstream.folder, `${tree}/`)).toBe('')
  })

  it('keeps fewer trees after the next run when fewer are wanted, and those of a slave that was off', async () => {
    const { api } = sample.fleet
    await slaveAt(1).process?.stop()
    for (const text of ['seven\n', 'eight\n']) await publishNews('kept', text)
    await sample.fleet.startSlave(slaveAt(1))
    await until('it to follow', () => newsOf(servedBy(slaveAt(1), 'kept')) === 'eight\n')
    // It never had the one before, and fetches it.
    const { run } = await api.ask('/rollback_project/', { id: 'kept' })
    await api.waitForRun(run)
    await until('it to go back', () => newsOf(servedBy(slaveAt(1), 'kept')) === 'seven\n')
    await api.ask('/update_project/basic', { id: 'kept', keep_generations: 2 })
    await publishNews('kept', 'nine\n')
    expect(await api.ask('/list_generations/?id=kept')).toHaveLength(2)
    for (const tree of allServed('kept')) expect(newsOf(tree)).toBe('nine\n')
  })

  it('says what is in the way of where it is to go', async () => {
    const { api, destRoot } = sample.fleet
    mkdirSync(path.join(destRoot, 'elsewhere', 'kept'), { recursive: true })
    const { status, body } = await api.call('/update_project/basic', {
      id: 'kept',
      dest: path.join(destRoot, 'elsewhere'),
    })
    expect([status, body.error?.field]).toEqual([400, 'dest'])
    for (const tree of allServed('kept')) expect(newsOf(tree)).toBe('nine\n')
  })

  it('is not there to go back to for a project that is synced in place', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('plain'))
    expect((await api.call('/rollback_project/', { id: 'plain' })).body.error.code).toBe('NOT_ATOMIC')
  })
})

describe('thousands of changes at once', () => {
  it.each(['in_place', 'atomic'] as const)('end with equal trees, published %s', async (publish) => {
    const { api } = sample.fleet
    const many = upstreamFile('many')
    const write = (first: number, last: number) => {
      for (let number = first; number < last; number++) writeFileSync(path.join(many, `file-${number}`), `${number}\n`)
    }
    mkdirSync(many, { recursive: true })
    write(0, 4_000)
    await api.ask('/add_project/', sample.payload(`many-${publish}`, { publish }))
    expect((await api.sync(`many-${publish}`)).state).toBe('succeeded')
    // More than half of the tree: a list would be no gain. Then few enough for one.
    for (const [first, last, method] of [
      [0, 3_000, 'slow'],
      [3_000, 3_200, 'normal'],
    ] as const) {
      for (let number = first; number < last; number++) rmSync(path.join(many, `file-${number}`))
      write(10_000 + first, 10_000 + last)
      const run = await api.sync(`many-${publish}`, '&force=true')
      expect(run.slaves.map((slave) => [slave.state, slave.method])).toEqual(Array(2).fill(['succeeded', method]))
      for (const tree of allServed(`many-${publish}`)) expect(compareTrees(sample.upstream.folder, `${tree}/`)).toBe('')
    }
    rmSync(many, { recursive: true })
  })
})

describe('an rsyncd', () => {
  it('as the docs configure it serves the tree behind the symlink, and not what lies beside', async () => {
    const [port = 0] = await findFreePorts(1)
    const ini = /```ini\n(.*?)```/s.exec(readFileSync('docs/publishing.md', 'utf8'))?.[1] ?? ''
    const config = path.join(sample.fleet.root, 'rsyncd.conf')
    const user = process.getuid?.() === 0 ? 'uid = 0\ngid = 0\n' : ''
    const head = `use chroot = no\n${user}lock file = ${sample.fleet.root}/rsyncd.lock\n`
    writeFileSync(config, head + ini.replace('/data/ftp', slaveAt(0).publicFolder))
    const argv = ['--daemon', '--no-detach', `--config=${config}`, `--port=${port}`, '--address=127.0.0.1']
    const daemon = startProcess('rsync', argv, { PATH: process.env.PATH })
    onTestFinished(async () => {
      await daemon.stop()
    })
    const copy = path.join(sample.fleet.root, 'copy')
    await until('the copy', () => {
      const { status } = spawnSync('rsync', ['-aH', `rsync://127.0.0.1:${port}/ftp/atomic/`, `${copy}/`])
      return status === 0
    })
    expect(compareTrees(`${servedBy(slaveAt(0), 'atomic')}/`, copy)).toBe('')
    const listing = spawnSync('rsync', [`rsync://127.0.0.1:${port}/ftp/`], { encoding: 'utf8' }).stdout
    expect(listing).toContain('atomic')
    expect(listing).not.toContain('.mirrorfleet')
  })
})

describe('a slave that missed a publish', () => {
  it('serves one whole older generation, says so, and follows when it is back', async () => {
    const { api, startSlave } = sample.fleet
    await publishNews('atomic', 'before\n')
    const sleeper = slaveAt(1)
    await sleeper.process?.stop()
    const run = await publishNews('atomic', 'after\n')
    expect(run).toMatchObject({ state: 'partial', error: { code: 'SLAVES_BEHIND' } })
    expect(newsOf(servedBy(slaveAt(0), 'atomic'))).toBe('after\n')
    expect(newsOf(servedBy(sleeper, 'atomic'))).toBe('before\n')
    const lags = (await api.ask('/list_slaves/')).map(
      (one: { projects: Record<string, { lag: number }> }) => one.projects.atomic?.lag,
    )
    expect(lags).toEqual([0, 1])
    expect((await health(slaveAt(0), 'atomic')).status).toBe(200)
    await startSlave(sleeper)
    const lagging = await health(sleeper, 'atomic')
    if (newsOf(servedBy(sleeper, 'atomic')) === 'before\n') expect(lagging.status).toBe(503)
    await until('it to follow', () => newsOf(servedBy(sleeper, 'atomic')) === 'after\n')
    expect((await health(sleeper, 'atomic')).status).toBe(200)
    expect((await health(sleeper, 'nothing')).status).toBe(404)
  })

  it('whose tree was lost is noticed and filled again', async () => {
    const { api } = sample.fleet
    const slave = slaveAt(0)
    const trees = path.dirname(path.join(slave.publicFolder, readlinkSync(servedBy(slave, 'atomic'))))
    rmSync(servedBy(slave, 'atomic'))
    rmSync(trees, { recursive: true })
    await until('it to be filled again', () => existsSync(path.join(servedBy(slave, 'atomic'), 'news')))
    await until('the master to know', async () => {
      const [found] = await api.ask('/list_slaves/')
      return found.projects.atomic.lag === 0
    })
    expect(compareTrees(sample.upstream.folder, `${servedBy(slave, 'atomic')}/`)).toBe('')
  })
})

// Atomic publishing by a real fleet: flips, quorum, rollback, conversion, health, and what the web servers see.

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
import type { SampleSlave } from '../../scripts/sample/fleet.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { changeSampleTree, compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1' } })

const slaveAt = (index: number): SampleSlave => {
  const slave = sample.fleet.slaves[index]
  if (slave === undefined) throw new Error('no such slave')
  return slave
}
const servedBy = (slave: SampleSlave, project: string) => path.join(slave.publicFolder, project)
const onMaster = (project: string) => path.join(sample.fleet.destRoot, project)
const allServed = (project: string) => [onMaster(project), ...sample.fleet.slaves.map((one) => servedBy(one, project))]
const upstreamFile = (name: string) => path.join(sample.upstream.folder, name)
const newsOf = (tree: string): string => readFileSync(path.join(tree, 'news'), 'utf8')
const add = (project: string, more: object) =>
  sample.fleet.api.ask('/add_project/', sample.payload(project, { publish: 'atomic', ...more }))
const projectOf = async (project: string) => (await sample.fleet.api.ask(`/list_projects/?id=${project}`))[0]
const health = async (slave: SampleSlave, project: string) =>
  fetch(`http://127.0.0.1:${slave.port}/healthz?project=${project}`)

/** A new generation of one file, published. */
const publishNews = async (project: string, text: string) => {
  writeFileSync(upstreamFile('news'), text)
  return sample.fleet.api.sync(project)
}

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

describe('publish_quorum', () => {
  it('that is missed flips nobody; the next run that meets it publishes', async () => {
    const { api, startSlave } = sample.fleet
    await add('quorum', { publish_quorum: 1, publish_timeout_s: 120 })
    expect((await publishNews('quorum', 'one\n')).state).toBe('succeeded')
    await slaveAt(1).process?.stop()
    const missed = await publishNews('quorum', 'two\n')
    expect(missed).toMatchObject({ state: 'partial', error: { code: 'QUORUM_MISSED' } })
    expect(missed.slaves.map(({ state }) => state)).toEqual(['prepared', 'unreachable'])
    for (const tree of allServed('quorum')) expect(newsOf(tree)).toBe('one\n')
    expect(await projectOf('quorum')).toMatchObject({ generation: 2, published_generation: 1 })
    await api.ask('/update_project/basic/', { id: 'quorum', publish_quorum: 0.5 })
    const met = await publishNews('quorum', 'three\n')
    expect(met.state).toBe('partial')
    expect([onMaster('quorum'), servedBy(slaveAt(0), 'quorum')].map(newsOf)).toEqual(['three\n', 'three\n'])
    await startSlave(slaveAt(1))
    await until('the other to follow', () => newsOf(servedBy(slaveAt(1), 'quorum')) === 'three\n')
    for (const tree of allServed('quorum')) expect(compareTrees(sample.upstream.folder, `${tree}/`)).toBe('')
  })
})

describe('a run in which nothing changed', () => {
  it('serves its number only once it is published, and what is published can still be pulled', async () => {
    const { api, startSlave } = sample.fleet
    await add('still', { publish_quorum: 1, publish_timeout_s: 120 })
    expect((await publishNews('still', 'still water\n')).state).toBe('succeeded')
    await slaveAt(1).process?.stop()
    const missed = await api.sync('still')
    expect(missed).toMatchObject({ state: 'partial', generation: 2, error: { code: 'QUORUM_MISSED' } })
    expect((await health(slaveAt(0), 'still')).status).toBe(200)
    // The tree and all that is known of it, but not the symlink to it.
    const link = readlinkSync(servedBy(slaveAt(1), 'still'))
    rmSync(path.dirname(path.join(slaveAt(1).publicFolder, link)), { recursive: true })
    await startSlave(slaveAt(1))
    await until('the lost tree to be whole again', async () => (await health(slaveAt(1), 'still')).status === 200)
    expect(compareTrees(sample.upstream.folder, `${servedBy(slaveAt(1), 'still')}/`)).toBe('')
    expect(await projectOf('still')).toMatchObject({ generation: 2, published_generation: 1 })
    const met = await api.sync('still')
    expect(met).toMatchObject({ state: 'succeeded', generation: 3, slaves: [{ method: 'normal' }, {}] })
    for (const slave of sample.fleet.slaves) expect((await health(slave, 'still')).status).toBe(200)
    expect(await projectOf('still')).toMatchObject({ published_generation: 3 })
    expect((await publishNews('still', 'moved again\n')).state).toBe('succeeded')
    for (const tree of allServed('still')) expect(newsOf(tree)).toBe('moved again\n')
  })
})

describe('a project that changes its way of publishing', () => {
  it('is converted where it lies, both ways, and nothing is fetched again', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('changing'))
    expect((await publishNews('changing', 'plain\n')).state).toBe('succeeded')
    const inodes = allServed('changing').map((tree) => statSync(path.join(tree, 'disk.img')).ino)
    await api.ask('/update_project/basic/', { id: 'changing', publish: 'atomic' })
    expect(newsOf(onMaster('changing'))).toBe('plain\n')
    const converted = await publishNews('changing', 'atomic\n')
    expect(converted.state).toBe('succeeded')
    expect(converted.slaves.map(({ method }) => method)).toEqual(['normal', 'normal'])
    for (const tree of allServed('changing')) expect(lstatSync(tree).isSymbolicLink()).toBe(true)
    expect(allServed('changing').map((tree) => statSync(path.join(tree, 'disk.img')).ino)).toEqual(inodes)
    await api.ask('/update_project/basic/', { id: 'changing', publish: 'in_place' })
    expect(newsOf(onMaster('changing'))).toBe('atomic\n')
    expect((await publishNews('changing', 'plain again\n')).state).toBe('succeeded')
    for (const tree of allServed('changing')) {
      expect(lstatSync(tree).isDirectory()).toBe(true)
      expect(compareTrees(sample.upstream.folder, tree)).toBe('')
    }
    expect(allServed('changing').map((tree) => statSync(path.join(tree, 'disk.img')).ino)).toEqual(inodes)
  })

  it('is renamed and moved with its trees', async () => {
    const { api, destRoot } = sample.fleet
    await api.ask('/update_project/basic/', { id: 'quorum', project: 'renamed', dest: path.join(destRoot, 'below') })
    expect(newsOf(path.join(destRoot, 'below', 'renamed'))).toBe('three\n')
    await until('the slaves to rename it', () => existsSync(servedBy(slaveAt(1), 'renamed')))
    writeFileSync(upstreamFile('news'), 'renamed\n')
    expect((await api.sync('renamed')).state).toBe('succeeded')
    for (const slave of sample.fleet.slaves) expect(newsOf(servedBy(slave, 'renamed'))).toBe('renamed\n')
    await api.ask('/remove_project/', { id: 'renamed', purge: true })
    expect(existsSync(path.join(destRoot, 'below', 'renamed'))).toBe(false)
    for (const slave of sample.fleet.slaves) expect(existsSync(servedBy(slave, 'renamed'))).toBe(false)
  })
})

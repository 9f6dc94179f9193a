// When an atomic generation is published: quorum, runs in which nothing changed, and conversion of the way of publishing.

import { existsSync, lstatSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { usePublishing } from '../helpers/publishing.ts'

const { sample, slaveAt, servedBy, onMaster, upstreamFile, allServed, newsOf, add, projectOf, health, publishNews } =
  usePublishing()

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

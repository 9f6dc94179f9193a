// Nodes that run as an ordinary user, as mirrors do, with upstreams whose modes keep their own owner out.

import { chmodSync, existsSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startFleet } from '../../scripts/sample/fleet.ts'
import { startUpstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { put } from '../helpers/unlucky.ts'

const isRoot = process.getuid?.() === 0
/** Nobody, where the test is root's; the nodes of another user's test are that user's. */
const nobody = isRoot ? { user: 65_534 } : {}

/** A fleet of an ordinary user, and an upstream that can read all that it serves; for who is not root, that is less. */
const start = async () => {
  const [root, upstreamRoot] = [temporaryFolder(), temporaryFolder()]
  const upstream = await startUpstream({ root: upstreamRoot })
  const settings = { RETRY_LIMIT: '0', DELETE_GUARD_PERCENT: '0' }
  const fleet = await startFleet({ root, slaves: 1, settings, ...nobody })
  onTestFinished(async () => {
    await fleet.stop()
    await upstream.stop()
    // Whoever is not root removes no folder that may not be written.
    openAll(upstream.folder)
  })
  return { fleet, upstream }
}

/** Makes the folders of a tree writable, and all of it readable. */
const openAll = (folder: string): void => {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name)
    if (entry.isDirectory()) openAll(at)
    else if (entry.isFile()) chmodSync(at, 0o644)
  }
}

const FILES = ['ro/one', 'ro/two', 'ro/deep/three', 'ro/deep/four', 'secret', 'ro/secret']

/** The modes that upstreams have, and owners stumble over. Only root's upstream can serve what is closed to all. */
const close = (folder: string): void => {
  for (const name of ['secret', 'ro/secret']) chmodSync(path.join(folder, name), isRoot ? 0o000 : 0o400)
  for (const name of ['ro/deep', 'ro', ''])
    if (lstatSync(path.join(folder, name), { throwIfNoEntry: false })?.isDirectory())
      chmodSync(path.join(folder, name), 0o555)
}

const contentOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => lstatSync(path.join(folder, name)).isFile())
    .sort()

/** As earlier versions left trees, the idle ones too. */
const closeAll = (trees: readonly string[]): void => {
  for (const tree of trees) {
    const control = path.join(path.dirname(tree), '.mirrorfleet')
    const keys = existsSync(control) ? readdirSync(control) : []
    const slots = keys.flatMap((key) => ['a', 'b'].map((slot) => path.join(control, key, slot)))
    for (const one of [tree, ...slots.filter((slot) => existsSync(slot))]) close(one)
  }
}

const expectContent = (trees: readonly string[], names: readonly string[]): void => {
  for (const tree of trees) expect(contentOf(tree)).toEqual([...names].sort())
}

const expectOpen = (tree: string): void => {
  for (const name of ['.', 'ro', 'ro/deep']) expect(lstatSync(path.join(tree, name)).mode & 0o700, name).toBe(0o700)
  for (const name of FILES) expect(lstatSync(path.join(tree, name)).mode & 0o400, name).toBe(0o400)
}

describe.each(['in_place', 'atomic'] as const)('an upstream with closed folders and files, published %s', (publish) => {
  it('is mirrored, changed, moved, converted and purged', async () => {
    const { fleet, upstream } = await start()
    const { api, destRoot } = fleet
    const publicFolder = fleet.slaves[0]?.publicFolder ?? ''
    const trees = (place = 'p') => [path.join(destRoot, place), path.join(publicFolder, 'p')]
    const change = (name: string, text: string): void => put(upstream.folder, name, text)
    const edit = (make: () => void): void => {
      openAll(upstream.folder)
      make()
      close(upstream.folder)
    }
    const sync = async () => {
      const run = await api.sync('p')
      expect(run, fleet.output()).toMatchObject({ state: 'succeeded', error: null })
      return run
    }
    for (const name of FILES) change(name, `${name} first`)
    close(upstream.folder)
    const from = { rsync_host: '127.0.0.1', rsync_port: upstream.port, rsync_module: upstream.module }
    await api.ask('/add_project/', { project: 'p', publish, dest: destRoot, ...from })
    await sync()
    expectContent(trees(), FILES)
    for (const tree of trees()) expectOpen(tree)
    // Nothing differs from run to run.
    const again = await sync()
    expect(again.upstream.summary).toMatchObject({ added: 0, modified: 0, deleted: 0 })
    expect(await api.ask(`/run_log/?run=${again.run}`)).not.toMatch(/^\.[fd]/m)

    edit(() => {
      for (const name of ['ro/one', 'ro/deep/three', 'secret']) change(name, 'second, and longer')
      for (const name of ['ro/two', 'ro/deep/four']) rmSync(path.join(upstream.folder, name))
    })
    expect((await sync()).upstream.summary).toMatchObject({ modified: 3, deleted: 2 })
    expectContent(trees(), ['ro/deep/three', 'ro/one', 'ro/secret', 'secret'])

    closeAll(trees())
    edit(() => {
      change('ro/one', 'third, and longer')
      rmSync(path.join(upstream.folder, 'ro/deep'), { recursive: true })
      change('ro/deep', 'a file now')
    })
    await sync()
    expectContent(trees(), ['ro/deep', 'ro/one', 'ro/secret', 'secret'])

    closeAll(trees())
    const moved = { publish: publish === 'atomic' ? 'in_place' : 'atomic', dest: path.join(destRoot, 'below') }
    await api.ask('/update_project/basic/', { id: 'p', ...moved })
    edit(() => change('ro/one', 'fourth'))
    await sync()
    closeAll(trees('below/p'))
    await api.ask('/remove_project/', { id: 'p', purge: true })
    for (const tree of trees('below/p')) expect(existsSync(tree)).toBe(false)
  })
})

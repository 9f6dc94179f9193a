import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { fillIdleTree, finishIdleTree } from '../../../shared/trees/fill-idle.ts'
import { allGenerations, keptTrees } from '../../../shared/trees/kept-trees.ts'
import { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { nothingToPull } from '../../../shared/trees/source.ts'
import type { TreeRecord } from '../../../shared/trees/tree-record.ts'
import { createRandom } from '../../helpers/edits.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { type Content, changesBetween, readContent as read } from '../../helpers/tree-content.ts'

const NAMES = { id: 'p', project: 'p' }
const tagOf = (generation: number) => generation.toString(16).padStart(16, '0')
const anchorOf = (generation: number) => ({ generation, tag: tagOf(generation) })

let base: string
let upstream: string
let tree: ProjectTree
let cloned: number
let pulled: number
const tools = {
  signal: new AbortController().signal,
  remove: async (folder: string) => rmSync(folder, { recursive: true, force: true }),
  clone: async (from: string, to: string) => {
    cloned++
    execFileSync('cp', ['-a', '-l', '--', from, to])
  },
  syncToDisk: async () => {},
  keepTime: async (_folder: string, change: () => Promise<void>) => change(),
}

beforeEach(async () => {
  base = temporaryFolder()
  upstream = temporaryFolder()
  tree = await ProjectTree.open(base, 'key', NAMES)
  await tree.convert('atomic')
  cloned = 0
  pulled = 0
})

/** Brings what is upstream into the trees, as a run does, and serves it; returns what came. */
async function sync(generation: number, keep: number, serves = true): Promise<Content> {
  const live = tree.live()
  const now = read(upstream)
  if (live === null) {
    cpSync(upstream, tree.folderOf('a'), { recursive: true })
    await tree.hold('a', anchorOf(generation))
  } else {
    const changes = changesBetween(read(tree.folderOf(live)), now)
    const filled = await fillIdleTree({
      tree,
      live,
      changes,
      content: 'all',
      keep,
      tools,
      mostListed: 10_000,
      pull: async ({ destination, list }) => {
        for (const [name, kind] of [...(list?.names ?? [])].sort(([a], [b]) => a.length - b.length)) {
          const text = now.get(name)
          if (kind === 'folder') mkdirSync(path.join(destination, name), { recursive: true })
          if (typeof text !== 'string') continue
          pulled++
          rmSync(path.join(destination, name), { recursive: true, force: true })
          writeFileSync(path.join(destination, name), text)
        }
        return nothingToPull()
      },
    })
    await finishIdleTree(tree, filled, anchorOf(generation), tools)
  }
  if (serves) await tree.serve(tagOf(generation))
  return now
}

const write = (name: string, text: string) => {
  mkdirSync(path.dirname(path.join(upstream, name)), { recursive: true })
  writeFileSync(path.join(upstream, name), text)
}
const numbers = () =>
  allGenerations(tree)
    .map(({ generation }) => generation)
    .sort((a, b) => a - b)

describe('the trees that are kept', () => {
  it('are as many as are asked for, the newest ones, each as it was', async () => {
    const states = new Map<number, Content>()
    for (let generation = 1; generation <= 7; generation++) {
      write('same', 'same')
      write('changing', `as of ${generation}`)
      write(`folder/${generation}`, 'new')
      rmSync(path.join(upstream, `folder/${generation - 2}`), { force: true })
      states.set(generation, await sync(generation, 4))
    }
    expect(numbers()).toEqual([4, 5, 6, 7])
    for (const { tag, generation } of keptTrees(tree))
      expect(read(path.join(tree.keptFolder, tag))).toEqual(states.get(generation))
    expect(read(tree.served)).toEqual(states.get(7))
  })

  it('cost what changed: an old one is filled anew, and the rest is linked', async () => {
    for (let file = 0; file < 50; file++) write(`many/${file}`, 'same')
    for (let generation = 1; generation <= 8; generation++) {
      write('changing', String(generation))
      await sync(generation, 3)
      // While there are fewer than three, each is a new one.
      expect(cloned).toBe(Math.min(generation - 1, 2))
    }
    expect(pulled).toBe(7)
    const blocks = Number(execFileSync('du', ['--inodes', '-s', tree.control], { encoding: 'utf8' }).split('\t')[0])
    // Three times the folders, once the files that are the same.
    expect(blocks).toBeLessThan(80)
  })

  it('are returned to, one after the other, and gone on from', async () => {
    const states = new Map<number, Content>()
    for (let generation = 1; generation <= 5; generation++) {
      write('changing', String(generation))
      write(`only-${generation}/file`, 'here')
      rmSync(path.join(upstream, `only-${generation - 1}`), { recursive: true, force: true })
      states.set(generation, await sync(generation, 5))
    }
    for (const [generation, kept] of [
      [2, [1, 2, 3, 4, 5]],
      // What was rolled back, or was never published, is not kept for long.
      [4, [1, 2, 3, 4]],
      [1, [1, 2, 3, 4]],
      [3, [1, 2, 3]],
    ] as const) {
      expect(await tree.serve(tagOf(generation))).toBe(true)
      expect(read(tree.served)).toEqual(states.get(generation))
      expect(tree.anchor()).toEqual(anchorOf(generation))
      expect(numbers()).toEqual(kept)
    }
    write('changing', 'after')
    expect(await sync(6, 5)).toEqual(read(tree.served))
    expect(await tree.serve(tagOf(99))).toBe(false)
  })

  it.each([
    ['was gone', () => {}],
    ['was a file', () => write('folder', 'a file')],
  ])('are filled anew without what was in a folder that %s in between', async (_what, between) => {
    write('folder/old', 'one')
    await sync(1, 3)
    rmSync(path.join(upstream, 'folder'), { recursive: true })
    between()
    await sync(2, 3)
    rmSync(path.join(upstream, 'folder'), { recursive: true, force: true })
    write('folder/new', 'three')
    await sync(3, 3)
    const made = cloned
    write('other', 'four')
    expect(await sync(4, 3)).toEqual(read(tree.served))
    expect(cloned).toBe(made)
  })

  it('go when fewer are wanted, and when the tree is served in place', async () => {
    for (let generation = 1; generation <= 6; generation++) {
      write('changing', String(generation))
      await sync(generation, 5)
    }
    expect(numbers()).toEqual([2, 3, 4, 5, 6])
    write('changing', '7')
    await sync(7, 3)
    expect(numbers()).toEqual([5, 6, 7])
    expect(readdirSync(tree.keptFolder).sort()).toEqual([tagOf(5), `${tagOf(5)}.list`])
    await tree.convert('in_place')
    expect(existsSync(tree.keptFolder)).toBe(false)
    expect(read(tree.served).get('changing')).toBe('7')
  })

  it('do not hold what was never published, nor what another folder has taken the place of', async () => {
    for (let generation = 1; generation <= 3; generation++) {
      write('changing', String(generation))
      await sync(generation, 4)
    }
    for (const generation of [4, 5]) {
      write('changing', String(generation))
      await sync(generation, 4, generation === 5)
    }
    expect(numbers()).toEqual([1, 2, 3, 5])
    write('changing', '6')
    await sync(6, 4, false)
    expect(await tree.serve(tagOf(3))).toBe(true)
    expect(numbers()).toEqual([2, 3, 5])
    const [kept] = keptTrees(tree)
    rmSync(path.join(tree.keptFolder, kept?.tag ?? ''), { recursive: true })
    mkdirSync(path.join(tree.keptFolder, kept?.tag ?? ''))
    expect(numbers()).toEqual([3, 5])
    expect(await tree.serve(tagOf(2))).toBe(false)
    expect(read(tree.served).get('changing')).toBe('3')
  })

  it.each([3, 4, 6])('are right after edits of every kind, rollbacks and kills, with %i of them', async (keep) => {
    const random = createRandom(keep * 7919)
    const states = new Map<number, Content>()
    const edit = () => {
      for (let n = 0; n < 4; n++) {
        const name = ['a', 'b', 'a/b', 'a/c', 'b/a', 'a/b/c', 'd'][Math.floor(random() * 7)] ?? 'a'
        const at = path.join(upstream, name)
        const above = path.dirname(at)
        if (above !== upstream && (!existsSync(above) || !isFolder(above))) continue
        rmSync(at, { recursive: true, force: true })
        if (random() < 0.4) mkdirSync(at)
        else if (random() < 0.7) writeFileSync(at, String(random()))
      }
    }
    write('stays', 'always')
    for (let generation = 1; generation <= 60; generation++) {
      edit()
      states.set(generation, await sync(generation, keep))
      if (random() < 0.3) {
        const all = allGenerations(tree)
        const back = all[Math.floor(random() * all.length)]
        if (random() < 0.5) await killDuring(() => tree.serve(back?.tag ?? ''), random)
        expect(await tree.serve(back?.tag ?? '')).toBe(true)
      }
      for (const { tag, generation: number } of keptTrees(tree))
        expect(read(path.join(tree.keptFolder, tag))).toEqual(states.get(number))
      expect(read(tree.served)).toEqual(states.get(tree.anchor()?.generation ?? 0))
      expect(allGenerations(tree).length).toBeLessThanOrEqual(keep)
      expect(new Set(numbers()).size).toBe(allGenerations(tree).length)
    }
  })
})

const isFolder = (at: string) =>
  readdirSync(path.dirname(at), { withFileTypes: true }).some(
    (entry) => entry.name === path.basename(at) && entry.isDirectory(),
  )

/** Ends what is done after one of its changes to the record, and opens the tree anew, as a start after a kill does. */
async function killDuring(work: () => Promise<unknown>, random: () => number): Promise<void> {
  let left = Math.floor(random() * 3)
  const dying = tree
  const update = dying.update.bind(dying)
  dying.update = async (change: (record: TreeRecord) => TreeRecord) => {
    await update(change)
    if (left-- === 0) throw new Error('killed')
  }
  await work().catch(() => {})
  await dying.settle()
  tree = await ProjectTree.open(base, 'key', NAMES)
}

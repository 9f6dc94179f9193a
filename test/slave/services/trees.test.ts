import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRootMark } from '../../../slave/services/root-mark.ts'
import { openTrees } from '../../../slave/services/trees.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const anchor = { generation: 1, tag: '1'.repeat(16) }
const names = (project: string) => ({ id: project, project })

async function startTrees(mode: 'in_place' | 'atomic') {
  const folder = temporaryFolder()
  const trees = await openTrees(folder, createRootMark(folder, temporaryFolder()), () => {})
  const add = async (key: string, project: string) => {
    const tree = await trees.adopt(key, names(project))
    await tree.convert(mode)
    const place = mode === 'atomic' ? tree.folderOf('a') : tree.served
    mkdirSync(place, { recursive: true })
    writeFileSync(path.join(place, 'whose'), key)
    if (mode === 'in_place') return tree.holdInPlace(anchor)
    await tree.hold('a', anchor)
    await tree.serve(anchor.tag)
  }
  const whose = (project: string) => {
    const file = path.join(folder, project, 'whose')
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  }
  return { folder, trees, add, whose }
}

describe.each(['in_place', 'atomic'] as const)('trees that are published %s', (mode) => {
  it('swap their names, in whichever order the slave hears of it', async () => {
    const { trees, add, whose } = await startTrees(mode)
    await add('key-a', 'a')
    await add('key-b', 'b')
    await trees.adopt('key-a', names('b'))
    expect([whose('a'), whose('b')]).toEqual([null, 'key-a'])
    await trees.adopt('key-b', names('a'))
    expect([whose('a'), whose('b')]).toEqual(['key-b', 'key-a'])
    for (const key of ['key-a', 'key-b']) expect(trees.find(key)?.anchor()).toEqual(anchor)
    await trees.adopt('key-a', names('b'))
    expect([whose('a'), whose('b')]).toEqual(['key-b', 'key-a'])
  })

  it('leave their old name to a project that has it now', async () => {
    const { trees, add, whose } = await startTrees(mode)
    await add('key-a', 'a')
    await add('key-c', 'a')
    expect(whose('a')).toBe('key-c')
    await trees.adopt('key-a', names('z'))
    expect([whose('a'), whose('z')]).toEqual(['key-c', 'key-a'])
  })

  it('never take a name that something else has', async () => {
    const { folder, trees, add, whose } = await startTrees(mode)
    await add('key-a', 'a')
    mkdirSync(path.join(folder, 'taken'))
    writeFileSync(path.join(folder, 'taken', 'whose'), 'not ours')
    await trees.adopt('key-a', names('taken'))
    expect(whose('taken')).toBe('not ours')
  })
})

it('an atomic tree does not replace a symlink that it did not make', async () => {
  const { folder, trees, add } = await startTrees('atomic')
  await add('key-a', 'a')
  symlinkSync('/elsewhere', path.join(folder, 'link'))
  await expect(trees.adopt('key-a', names('link'))).rejects.toThrow(/symlink to \/elsewhere, which is no folder/)
  expect(readlinkSync(path.join(folder, 'link'))).toBe('/elsewhere')
})

it('trees have the digest of before when what was added is lost again', async () => {
  const { folder, trees, add } = await startTrees('in_place')
  const before = trees.states()
  await add('key-a', 'a')
  const after = trees.states()
  expect(after.anchors).toEqual({ 'key-a': { project: 'a', drift: null, ...anchor } })
  expect([after.trees, after.trees === before.trees]).toEqual([trees.digest(), false])
  rmSync(folder, { recursive: true })
  expect((await openTrees(folder, createRootMark(folder, temporaryFolder()), () => {})).states()).toEqual(before)
})

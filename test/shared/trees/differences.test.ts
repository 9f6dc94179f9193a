import { chmodSync, linkSync, lutimesSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { countChanges, findDifferences } from '../../../shared/trees/differences.ts'
import type { EntryKind } from '../../../shared/trees/path-list.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const OLD = new Date('2026-01-01T00:00:00Z')

/** Two empty trees; `live` is the one that is served. */
function createTrees() {
  const root = temporaryFolder()
  const [idle, live] = [path.join(root, 'idle'), path.join(root, 'live')]
  const put = (tree: string, name: string, text: string, time = OLD) => {
    const file = path.join(tree, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
    utimesSync(file, time, time)
  }
  for (const tree of [idle, live]) mkdirSync(tree)
  const find = async (...names: string[]) =>
    Object.fromEntries(await findDifferences({ folder: idle, liveFolder: live }, names))
  const count = (changes: Readonly<Record<string, EntryKind>>) =>
    countChanges({ folder: idle, liveFolder: live }, new Map(Object.entries(changes)))
  return { idle, live, put, find, count }
}

describe('two trees', () => {
  it('are the same in a file that is one inode, and in what neither has', async () => {
    const { idle, live, put, find } = createTrees()
    put(live, 'linked', 'text')
    linkSync(path.join(live, 'linked'), path.join(idle, 'linked'))
    expect(await find('linked', 'missing', 'missing/below')).toEqual({})
  })

  it('differ in a file that is another inode, equal as it may be', async () => {
    const { idle, live, put, find } = createTrees()
    for (const tree of [idle, live]) put(tree, 'copied', 'text')
    expect(await find('copied')).toEqual({ copied: 'file' })
  })

  it('differ in what only one of them has, and in what is of another kind', async () => {
    const { idle, live, put, find } = createTrees()
    put(idle, 'new', 'text')
    put(live, 'old', 'text')
    put(idle, 'turned/file', 'text')
    put(live, 'turned', 'text')
    symlinkSync('new', path.join(idle, 'link'))
    put(live, 'link', 'text')
    expect(await find('new', 'old', 'turned', 'link')).toEqual({
      new: 'file',
      old: 'gone',
      turned: 'folder',
      link: 'file',
    })
  })

  it('are the same in a folder of equal attributes, and differ when one is not equal', async () => {
    const { idle, live, find } = createTrees()
    for (const tree of [idle, live]) {
      for (const name of ['same', 'mode', 'time']) mkdirSync(path.join(tree, name))
      for (const name of ['same', 'mode', 'time']) utimesSync(path.join(tree, name), OLD, OLD)
    }
    chmodSync(path.join(idle, 'mode'), 0o700)
    chmodSync(path.join(live, 'mode'), 0o755)
    utimesSync(path.join(idle, 'time'), OLD, new Date('2026-01-01T00:00:01Z'))
    expect(await find('same', 'mode', 'time')).toEqual({ mode: 'folder', time: 'folder' })
  })

  it('are compared in the names that are asked for alone', async () => {
    const { idle, put, find } = createTrees()
    put(idle, 'new', 'text')
    expect(await find('other')).toEqual({})
  })
})

describe('the count of changes', () => {
  it('has a file as added, as modified by its size or its time, or as deleted', async () => {
    const { idle, live, put, count } = createTrees()
    put(idle, 'added', 'text')
    for (const tree of [idle, live]) put(tree, 'copied', 'text')
    put(live, 'grown', 'text')
    put(idle, 'grown', 'longer text')
    put(live, 'touched', 'text')
    put(idle, 'touched', 'text', new Date('2026-01-01T00:00:01Z'))
    put(live, 'deleted', 'text')
    const changes = { added: 'file', copied: 'file', grown: 'file', touched: 'file', deleted: 'gone' } as const
    expect(await count(changes)).toEqual({ added: 1, modified: 2, deleted: 1 })
  })

  it('has a folder as added or deleted with all that lay in it, and never as modified', async () => {
    const { idle, live, put, count } = createTrees()
    mkdirSync(path.join(idle, 'new'))
    put(live, 'gone/a/b', 'text')
    put(live, 'gone/c', 'text')
    for (const [tree, time] of [
      [idle, OLD],
      [live, new Date()],
    ] as const) {
      mkdirSync(path.join(tree, 'kept'))
      utimesSync(path.join(tree, 'kept'), time, time)
    }
    expect(await count({ new: 'folder', gone: 'gone', kept: 'folder' })).toEqual({ added: 1, modified: 0, deleted: 4 })
  })

  it('has what lay in a folder that became a file as deleted, and the file as modified', async () => {
    const { idle, live, put, count } = createTrees()
    put(live, 'turned/a', 'text')
    put(live, 'turned/b', 'text')
    put(idle, 'turned', 'text')
    expect(await count({ turned: 'file' })).toEqual({ added: 0, modified: 1, deleted: 2 })
  })

  it('has a symlink as modified when it leads elsewhere, whatever its time', async () => {
    const { idle, live, count } = createTrees()
    for (const [tree, time] of [
      [idle, OLD],
      [live, new Date()],
    ] as const) {
      symlinkSync('same', path.join(tree, 'touched'))
      lutimesSync(path.join(tree, 'touched'), time, time)
      symlinkSync(tree === idle ? 'new' : 'old', path.join(tree, 'turned'))
      lutimesSync(path.join(tree, 'turned'), OLD, OLD)
    }
    expect(await count({ touched: 'file', turned: 'file' })).toEqual({ added: 0, modified: 1, deleted: 0 })
  })

  it('has nothing for a name that neither tree has', async () => {
    const { live, put, count } = createTrees()
    put(live, 'a', 'text')
    rmSync(path.join(live, 'a'))
    expect(await count({ a: 'gone' })).toEqual({ added: 0, modified: 0, deleted: 0 })
  })
})

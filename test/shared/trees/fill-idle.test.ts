import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { KEPT_BY_DEFAULT } from '../../../shared/schemas/project-parts.ts'
import { type FilledTree, fillIdleTree, finishIdleTree, type IdlePull } from '../../../shared/trees/fill-idle.ts'
import type { EntryKind, PathList } from '../../../shared/trees/path-list.ts'
import { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { nothingToPull, type PullResult } from '../../../shared/trees/source.ts'
import { otherSlot } from '../../../shared/trees/tree-record.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const anchorOf = (generation: number) => ({ generation, tag: String(generation).repeat(16) })
const list = (entries: Record<string, EntryKind>): PathList => new Map(Object.entries(entries))
const synced: string[] = []
const tools = {
  signal: new AbortController().signal,
  remove: async (folder: string) => rmSync(folder, { recursive: true, force: true }),
  clone: async (from: string, to: string) => void execFileSync('cp', ['-a', '-l', '--', from, to]),
  syncToDisk: async (folder: string) => void synced.push(folder),
  keepTime: async (_folder: string, change: () => Promise<void>) => change(),
}

let tree: ProjectTree
let pulls: IdlePull[]

/** A tree whose slot `a` is served, and holds what `make` puts there. */
beforeEach(async () => {
  tree = await ProjectTree.open(temporaryFolder(), 'key', { id: 'p', project: 'p' })
  await tree.convert('atomic')
  pulls = []
})

async function serve(make: (folder: string) => void): Promise<void> {
  mkdirSync(tree.folderOf('a'), { recursive: true })
  make(tree.folderOf('a'))
  await tree.hold('a', anchorOf(1))
  await tree.serve(anchorOf(1).tag)
}

/** Fills the idle tree by `work`, which stands for a source. */
function fill(
  changes: PathList,
  work: (pull: IdlePull) => Partial<PullResult> | undefined = () => undefined,
  content: 'all' | 'as_listed' = 'all',
  signal = tools.signal,
) {
  const live = tree.live()
  if (live === null) throw new Error('nothing is served')
  return fillIdleTree({
    keep: KEPT_BY_DEFAULT,
    tree,
    live,
    changes,
    tools: { ...tools, signal },
    mostListed: 1_000,
    content,
    pull: async (pull) => {
      pulls.push(pull)
      return { ...nothingToPull(), ...work(pull) }
    },
  })
}

async function publish(filled: FilledTree, generation: number): Promise<void> {
  await finishIdleTree(tree, filled, anchorOf(generation), tools)
  expect(synced.at(-1)).toBe(filled.folder)
  await tree.serve(anchorOf(generation).tag)
}

const put = (folder: string, name: string, text: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  writeFileSync(path.join(folder, name), text)
}
const inode = (folder: string, name: string) => lstatSync(path.join(folder, name)).ino

describe('filling the idle tree', () => {
  it('pulls the changes alone into links to the served tree, and removes what would be changed in both', async () => {
    await serve((folder) => {
      put(folder, 'kept/file', 'kept')
      put(folder, 'changed', 'old')
    })
    const filled = await fill(list({ changed: 'file' }), ({ destination }) => {
      expect(existsSync(path.join(destination, 'changed'))).toBe(false)
      put(destination, 'changed', 'new')
      return undefined
    })
    expect(inode(filled.folder, 'kept/file')).toBe(inode(filled.liveFolder, 'kept/file'))
    expect(readFileSync(path.join(filled.liveFolder, 'changed'), 'utf8')).toBe('old')
    expect(pulls).toHaveLength(1)
    expect([...(pulls[0]?.list?.names.keys() ?? [])]).toEqual(['changed'])
    expect(filled.differences).toEqual(list({ changed: 'file' }))
  })

  it('follows the served tree by links the next time, whatever changed its kind', async () => {
    await serve((folder) => {
      put(folder, 'file', 'one')
      put(folder, 'folder/inner', 'one')
      put(folder, 'deleted', 'one')
      symlinkSync('file', path.join(folder, 'link'))
    })
    const changes = list({ file: 'folder', 'file/new': 'file', folder: 'file', deleted: 'gone', link: 'file' })
    const filled = await fill(changes, ({ destination }) => {
      put(destination, 'file/new', 'two')
      rmSync(path.join(destination, 'folder'), { recursive: true, force: true })
      put(destination, 'folder', 'two')
      symlinkSync('folder', path.join(destination, 'link'))
      return undefined
    })
    await publish(filled, 2)
    // Slot a is idle now, a generation behind; nothing of it may stay.
    const next = await fill(list({ other: 'file' }), ({ destination }) => {
      put(destination, 'other', 'three')
      return undefined
    })
    expect(next.folder).toBe(tree.folderOf('a'))
    for (const name of ['file/new', 'folder', 'link'])
      expect(inode(next.folder, name)).toBe(inode(next.liveFolder, name))
    expect(existsSync(path.join(next.folder, 'deleted'))).toBe(false)
    expect(pulls[1]?.list?.names.get('other')).toBe('file')
    // The source sets the times of the folders that changed with their content; files come by links alone.
    expect([...(pulls[1]?.list?.names ?? [])].filter(([, kind]) => kind !== 'folder')).toEqual([['other', 'file']])
    expect(next.differences?.get('other')).toBe('file')
    expect(next.earlier.has('deleted')).toBe(true)
  })

  it('keeps what an attempt that failed has brought, but never what is no longer wanted', async () => {
    await serve((folder) => put(folder, 'kept', 'kept'))
    const failed = await fill(list({ wanted: 'file', unwanted: 'file' }), ({ destination }) => {
      put(destination, 'wanted', 'brought')
      put(destination, 'unwanted', 'brought')
      return { outcome: 'retry' }
    })
    expect(failed.differences).toBeNull()
    const again = await fill(list({ wanted: 'file' }))
    expect(readFileSync(path.join(again.folder, 'wanted'), 'utf8')).toBe('brought')
    expect(existsSync(path.join(again.folder, 'unwanted'))).toBe(false)
  })

  it("changes nothing more when it is aborted, as by a fence: the tree may be another master's", async () => {
    const names = Array.from({ length: 600 }, (_, index) => `file-${index}`)
    await serve((folder) => {
      for (const name of names) put(folder, name, 'one')
    })
    // The idle tree is made by the first fill.
    await publish(await fill(list({}), () => undefined), 2)
    const idle = tree.folderOf(otherSlot(tree.live() ?? 'a'))
    const gone: PathList = new Map(names.map((name) => [name, 'gone']))
    await expect(fill(gone, () => undefined, 'all', AbortSignal.abort(new Error('fenced')))).rejects.toThrow('fenced')
    expect(readdirSync(idle)).toHaveLength(names.length)
    expect(pulls).toHaveLength(1)
    await tree.update((record) => ({ ...record, difference: 'unknown' }))
    const stopped = fill(gone, () => undefined, 'all', AbortSignal.abort(new Error('fenced')))
    await expect(stopped).rejects.toThrow('fenced')
    expect(pulls).toHaveLength(1)
  })

  it('gives back, as it is served, what did not come, and says how much that is', async () => {
    await serve((folder) => {
      put(folder, 'outgrown', 'old')
      put(folder, 'folder/inner', 'old')
    })
    const filled = await fill(list({ outgrown: 'file', folder: 'file', never: 'file' }))
    expect(filled.missing).toBe(3)
    for (const name of ['outgrown', 'folder/inner'])
      expect(inode(filled.folder, name)).toBe(inode(filled.liveFolder, name))
    expect(filled.differences).toEqual(list({ outgrown: 'file', folder: 'folder', never: 'gone' }))
  })

  it('loses what is gone, and nothing that the source still has', async () => {
    await serve((folder) => {
      put(folder, 'gone/a', 'a')
      put(folder, 'gone/protected', 'b')
      put(folder, 'kept', 'c')
    })
    const filled = await fill(list({ gone: 'gone', 'gone/a': 'gone' }), () => undefined, 'as_listed')
    expect(existsSync(path.join(filled.folder, 'gone/a'))).toBe(false)
    expect(existsSync(path.join(filled.folder, 'gone/protected'))).toBe(true)
    expect(filled.differences).toEqual(list({ gone: 'folder', 'gone/a': 'gone' }))
    expect(pulls[0]).toMatchObject({ deletes: 'never' })
  })

  it('keeps nothing of an older time in a folder that comes again', async () => {
    await serve((folder) => {
      put(folder, 'folder/old', 'old')
      put(folder, 'other/old', 'old')
    })
    const gone = list({ folder: 'gone', 'folder/old': 'gone', other: 'gone', 'other/old': 'gone' })
    await publish(await fill(gone), 2)
    // Slot a is idle now, and still has both.
    const filled = await fill(list({ folder: 'folder', 'folder/new': 'file', other: 'file' }), ({ destination }) => {
      put(destination, 'folder/new', 'new')
      put(destination, 'other', 'now a file')
      return undefined
    })
    expect(existsSync(path.join(filled.folder, 'folder/old'))).toBe(false)
    expect(readFileSync(path.join(filled.folder, 'other'), 'utf8')).toBe('now a file')
  })

  it('walks when the names are many, and makes the tree anew when a walk that failed may have changed anything', async () => {
    await serve((folder) => put(folder, 'kept', 'kept'))
    const many = new Map<string, EntryKind>(Array.from({ length: 1_001 }, (_, number) => [`${number}`, 'gone']))
    many.set('a', 'file')
    for (let number = 0; number < 1_001; number++) many.set(`new${number}`, 'file')
    const walked = await fill(many, ({ list: names, destination, onChange }) => {
      expect(names).toBeUndefined()
      put(destination, 'stray', 'half')
      onChange?.({ name: 'stray', kind: 'file', linkedTo: null })
      return { outcome: 'retry', toldEverything: false }
    })
    expect(walked.differences).toBeNull()
    const again = await fill(list({ a: 'file' }))
    expect(existsSync(path.join(again.folder, 'stray'))).toBe(false)
    expect(inode(again.folder, 'kept')).toBe(inode(again.liveFolder, 'kept'))
  })

  it.each(['', '+a', '+a\0', 'half'])('does not trust a list of differences that is cut off (%j)', async (left) => {
    await serve((folder) => put(folder, 'kept', 'kept'))
    const filled = await fill(list({ a: 'file' }), ({ destination }) => {
      put(destination, 'a', 'a')
      return undefined
    })
    await publish(filled, 2)
    put(tree.folderOf('a'), 'stray', 'left')
    const whole = readFileSync(tree.differenceFile)
    writeFileSync(tree.differenceFile, left === 'half' ? whole.subarray(0, whole.length / 2) : left)
    const next = await fill(list({ c: 'file' }))
    expect(existsSync(path.join(next.folder, 'stray'))).toBe(false)
    expect(readFileSync(path.join(next.folder, 'a'), 'utf8')).toBe('a')
  })

  it('keeps hard links within the tree, and names a folder whose attributes differ', async () => {
    await serve((folder) => {
      put(folder, 'one', 'same')
      linkSync(path.join(folder, 'one'), path.join(folder, 'two'))
      put(folder, 'folder/file', 'x')
    })
    const filled = await fill(list({ folder: 'folder' }), ({ destination }) => {
      chmodSync(path.join(destination, 'folder'), 0o700)
      return undefined
    })
    expect(inode(filled.folder, 'one')).toBe(inode(filled.folder, 'two'))
    expect(filled.differences).toEqual(list({ folder: 'folder' }))
    await publish(filled, 2)
    unlinkSync(path.join(tree.folderOf('b'), 'two'))
    expect(lstatSync(path.join(tree.folderOf('b'), 'folder')).mode & 0o777).toBe(0o700)
  })
})

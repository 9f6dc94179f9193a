// Recorded repositories, whole and with one thing wrong.

import { cpSync, linkSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Judgement } from '../../../../master/stages/verify/judge.ts'
import type { PathList } from '../../../../shared/trees/path-list.ts'
import { filesIn, judge, openRepository, type RecordedLayout, type Repository } from '../../../helpers/repositories.ts'

const LAYOUTS: RecordedLayout[] = ['debian', 'rpm', 'arch', 'alpine', 'fedora']
const kinds = ({ problems }: Judgement) => problems.map(({ kind, name }) => `${kind} ${name}`)
const find = ({ folder }: Repository, pattern: RegExp): string => {
  const name = filesIn(folder).find((one) => pattern.test(one))
  if (name === undefined) throw new Error(`no ${pattern}`)
  return name
}
/** Changes one byte; size and time stay. */
function flip({ folder }: Repository, name: string): void {
  const file = path.join(folder, name)
  const { atime, mtime } = statSync(file)
  const bytes = readFileSync(file)
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
  rmSync(file)
  writeFileSync(file, bytes)
  utimesSync(file, atime, mtime)
}
const PACKAGES: Record<RecordedLayout, RegExp> = {
  debian: /\.deb$/,
  rpm: /\.rpm$/,
  arch: /^pool\/.*\.zst$/,
  alpine: /\.apk$/,
  fedora: /\.rpm$/,
}

describe.each(LAYOUTS)('%s', (layout) => {
  it('is whole as its own tools made it, with all sums and signatures', async () => {
    const judgement = await judge(await openRepository(layout), { allSums: true })
    expect(judgement.problems).toEqual([])
    expect(judgement).toMatchObject({ grade: 'full', leftOut: 0 })
    expect(judgement.checked).toBeGreaterThan(3)
  })

  it('lacks a package', async () => {
    const repository = await openRepository(layout)
    const name = find(repository, PACKAGES[layout])
    rmSync(path.join(repository.folder, name))
    const { problems, grade } = await judge(repository)
    expect(problems[0]).toMatchObject({ kind: 'missing', breaks: 'apt' })
    expect(path.basename(problems[0]?.name ?? '')).toBe(path.basename(name))
    expect(problems[0]?.text).toMatch(/ is missing; .* names it\.$/)
    expect(grade).toBeNull()
  })

  it('does not lack what the project leaves out', async () => {
    const repository = await openRepository(layout)
    const gone = path.basename(find(repository, PACKAGES[layout]))
    for (const name of filesIn(repository.folder))
      if (path.basename(name) === gone) rmSync(path.join(repository.folder, name))
    const judgement = await judge(repository, { isLeftOut: (name) => name.endsWith(gone) })
    expect(judgement.problems).toEqual([])
    expect(judgement.leftOut).toBeGreaterThan(0)
  })

  it('has a package that is too short', async () => {
    const repository = await openRepository(layout)
    const name = find(repository, PACKAGES[layout])
    writeFileSync(path.join(repository.folder, name), 'short')
    expect((await judge(repository)).problems[0]).toMatchObject({ kind: 'size' })
  })
})

describe.each(['debian', 'rpm', 'arch', 'alpine'] as const)('%s', (layout) => {
  it('has a package of another sum and the same size', async () => {
    const repository = await openRepository(layout)
    flip(repository, find(repository, PACKAGES[layout]))
    expect((await judge(repository)).problems[0]).toMatchObject({ kind: 'sum' })
  })
})

const SIGNED = {
  rpm: /repomd\.xml$/,
  arch: /core\.db\.tar\.gz$/,
  alpine: /main.*APKINDEX\.tar\.gz$/,
  debian: /stable\/InRelease$/,
}
describe.each(Object.entries(SIGNED))('%s', (layout, pattern) => {
  it('has a root whose signature is of another content, and is not read', async () => {
    const repository = await openRepository(layout as keyof typeof SIGNED)
    const name = find(repository, pattern)
    const file = path.join(repository.folder, name)
    const bytes = readFileSync(file)
    writeFileSync(
      file,
      layout === 'debian' ? String(bytes).replace('Origin: F', 'Origin: G') : Buffer.concat([bytes, Buffer.from('\n')]),
    )
    const { problems } = await judge(repository)
    expect(problems.filter(({ kind }) => kind === 'signature').length).toBeGreaterThan(0)
  })
})

describe('debian', () => {
  it('is whole for apt when only a plain name is of another moment', async () => {
    const repository = await openRepository('debian')
    flip(repository, 'dists/stable/main/binary-amd64/Packages.xz')
    const judgement = await judge(repository)
    expect(kinds(judgement)).toEqual(['sum dists/stable/main/binary-amd64/Packages.xz'])
    expect(judgement).toMatchObject({
      grade: 'apt',
      problems: [{ breaks: 'full', repair: { to: 'dists/stable/main/binary-amd64/Packages.xz' } }],
    })
  })

  it('names in words that Release and InRelease are not of the same moment', async () => {
    const repository = await openRepository('debian')
    const file = path.join(repository.folder, 'dists/stable/Release')
    writeFileSync(file, readFileSync(file, 'utf8').replace('Date: ', 'Date: Fri, '))
    const { problems } = await judge(repository)
    expect(problems[0]?.text).toBe('dists/stable/Release and dists/stable/InRelease are not of the same moment.')
  })

  it('does not lack an architecture that is nowhere in the tree', async () => {
    const repository = await openRepository('debian')
    rmSync(path.join(repository.folder, 'dists/stable/main/source'), { recursive: true })
    const judgement = await judge(repository)
    expect(judgement.problems).toEqual([])
    expect(judgement.leftOut).toBe(1)
  })

  it('misses all forms of an index as one', async () => {
    const repository = await openRepository('debian')
    for (const end of ['gz', 'xz'])
      rmSync(path.join(repository.folder, `dists/stable/main/binary-amd64/Packages.${end}`))
    rmSync(path.join(repository.folder, 'dists/stable/main/binary-amd64/by-hash'), { recursive: true })
    const missing = (await judge(repository)).problems.filter(({ kind }) => kind === 'missing')
    expect(missing.map(({ text }) => text)).toEqual([
      'dists/stable/main/binary-amd64/Packages is missing, in none of its forms; dists/stable/InRelease names it.',
    ])
  })
})

describe('a tree without a root', () => {
  it('is not whole', async () => {
    const repository = await openRepository('rpm')
    for (const name of filesIn(repository.folder))
      if (/repomd|treeinfo/.test(name)) rmSync(path.join(repository.folder, name))
    expect((await judge(repository)).problems[0]?.text).toMatch(/no root of the layout "rpm"/)
  })
})

describe('what changed since a whole generation', () => {
  /** Two trees of links, as two generations are. */
  async function twoTrees(
    layout: RecordedLayout,
  ): Promise<{ now: Repository; before: { folder: string; roots: string[] } }> {
    const before = await openRepository(layout)
    const { roots } = await judge(before)
    const folder = path.join(before.root, 'now')
    cpSync(before.folder, folder, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from, to) => {
        if (!statSync(from, { throwIfNoEntry: false })?.isFile()) return true
        linkSync(from, to)
        return false
      },
    })
    return { now: { ...before, folder }, before: { folder: before.folder, roots } }
  }
  const changed = (...entries: [string, 'file' | 'gone'][]): PathList => new Map(entries)

  it('is all that is looked at', async () => {
    const { now, before } = await twoTrees('debian')
    const judgement = await judge(now, { before, changes: new Map() })
    expect(judgement.total).toBe(0)
    // The plain forms that nobody has are asked for; nothing else is.
    expect(judgement.checked).toBeLessThan((await judge(now)).checked / 2)
  })

  it('is missed in an index that did not change', async () => {
    const { now, before } = await twoTrees('debian')
    const name = find(now, /\.deb$/)
    rmSync(path.join(now.folder, name))
    const { problems } = await judge(now, { before, changes: changed([name, 'gone']) })
    expect(problems.map(({ kind, name: one }) => [kind, one])).toEqual([['missing', name]])
  })

  it('is missed where an index names it by a link', async () => {
    const { now, before } = await twoTrees('arch')
    const name = find(now, /^pool\/.*\.zst$/)
    rmSync(path.join(now.folder, name))
    const { problems } = await judge(now, { before, changes: changed([name, 'gone']) })
    expect(problems.some(({ kind }) => kind === 'missing')).toBe(true)
  })

  it('leaves no repository without its root', async () => {
    const { now, before } = await twoTrees('rpm')
    const gone = filesIn(now.folder).filter((name) => name.startsWith('updates/x86_64/repodata/'))
    for (const name of gone) rmSync(path.join(now.folder, name))
    const { problems } = await judge(now, {
      before,
      changes: changed(...gone.map((name): [string, 'gone'] => [name, 'gone'])),
    })
    expect(problems[0]?.text).toMatch(
      /^updates\/x86_64\/repodata\/repomd\.xml is gone, and what it named is still there/,
    )
  })

  it('never goes back in time', async () => {
    const { now, before } = await twoTrees('debian')
    const unsigned = { ...now, root: path.join(now.root, 'elsewhere') }
    const file = path.join(now.folder, 'dists/stable/InRelease')
    const text = readFileSync(file, 'utf8').replace(/^Date: .*$/m, 'Date: Thu, 01 Jan 2015 00:00:00 +0000')
    rmSync(file)
    writeFileSync(file, text)
    const { problems } = await judge(unsigned, { before, changes: changed(['dists/stable/InRelease', 'file']) })
    expect(problems.find(({ kind }) => kind === 'older')?.text).toMatch(
      /2015-01-01T00:00:00.000Z, older than what is served/,
    )
  })
})

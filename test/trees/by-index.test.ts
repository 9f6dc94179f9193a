// Runs that fetch what the upstream's own indices say changed, against trees that a walk makes.

import { cpSync, existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { extract } from 'tar'
import { describe, expect, it } from 'vitest'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { type HopsOptions, startHops } from '../helpers/hops.ts'
import { replace, updateRepository } from '../helpers/index-updates.ts'
import { filesIn, openRepository, type RecordedLayout } from '../helpers/repositories.ts'

async function start(layout: RecordedLayout, project: Partial<StoredProject> = {}, more: HopsOptions = {}) {
  const { root } = await openRepository(layout)
  const hops = await startHops({
    ...more,
    settings: { KEYRINGS_DIR: root, ...more.settings },
    project: { publish: 'atomic', layout, stages: 'by_layout', delete_guard_percent: 0, by_index: true, ...project },
  })
  await extract({ file: path.resolve(`test/fixtures/${layout}.tar.gz`), cwd: path.dirname(hops.upstream) })
  expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'whole' } })
  await hops.fanOut()
  return hops
}

const LAYOUTS: RecordedLayout[] = ['debian', 'rpm', 'arch', 'alpine', 'fedora']
const IN_RELEASE = 'dists/testing/InRelease'
const read = (folder: string, name: string) => readFileSync(path.join(folder, name), 'latin1')
const SCANNED = { debian: 'index', rpm: 'index', arch: 'index', alpine: 'index', fedora: 'list' } as const

const CASES = LAYOUTS.flatMap((layout) => (['atomic', 'in_place'] as const).map((publish) => ({ layout, publish })))

describe.each(CASES)('$layout, published $publish', ({ layout, publish }) => {
  it('costs one look at the roots when nothing has changed', async () => {
    const hops = await start(layout, { publish })
    const before = hops.log().split('\n').length
    expect(await hops.pull()).toMatchObject({
      code: null,
      scanned: SCANNED[layout],
      summary: { added: 0, modified: 0, deleted: 0 },
    })
    const commands = hops
      .log()
      .split('\n')
      .slice(before)
      .filter((line) => line.startsWith('$'))
    expect(commands).toHaveLength(1)
    expect(commands[0]).toContain('--files-from')
  })

  it('makes the tree that a walk makes, of all that the indices name, update after update', async () => {
    const hops = await start(layout, { publish })
    for (let number = 1; number <= 3; number++) {
      const { added, gone } = updateRepository(layout, hops.upstream, number)
      const result = await hops.pull()
      expect(result).toMatchObject({ code: null, verify: { state: 'whole' }, scanned: SCANNED[layout] })
      expect((await hops.fanOut()).method).toBe('normal')
      for (const tree of [hops.master(), hops.slave()]) {
        expect(existsSync(path.join(tree, added)), added).toBe(true)
        if (gone !== null) expect(existsSync(path.join(tree, gone)), gone).toBe(false)
        expect(differencesOf(hops.upstream, tree)).toEqual([])
      }
      expect(hops.project()).toMatchObject({ total_files: expect.any(Number) })
    }
    expect(hops.log()).not.toContain('walked instead')
    const { total_files } = hops.project()
    // A walk finds nothing but what it alone deletes, and folders that are empty now.
    const walked = await hops.pull({ force: true })
    expect(walked.summary).toMatchObject({ added: 0, modified: 0 })
    expect(hops.project().total_files).toBe((total_files ?? 0) - (walked.summary?.deleted ?? 0))
  })
})

/** What differs in content; what no index names any more goes with a walk alone. */
function differencesOf(upstream: string, tree: string): string[] {
  const [theirs, ours] = [filesIn(upstream), filesIn(tree)]
  const left = (name: string) => /by-hash|^pool\/packages\//.test(name)
  const contentOf = (folder: string, name: string) => {
    const file = path.join(folder, name)
    return lstatSync(file).isSymbolicLink() ? readlinkSync(file) : readFileSync(file, 'latin1')
  }
  return [
    ...ours.filter((name) => !theirs.includes(name) && !left(name)),
    ...theirs.filter((name) => !ours.includes(name) || contentOf(upstream, name) !== contentOf(tree, name)),
  ]
}

describe('what indices do not tell', () => {
  const README = 'README'

  it('is found by the walk that is due, counted, and repaired', async () => {
    let now = Date.now()
    const hops = await start('rpm', {}, { now: () => now })
    replace(hops.upstream, README, 'changed')
    updateRepository('rpm', hops.upstream, 1)
    expect(await hops.pull()).toMatchObject({ scanned: 'index' })
    expect(readFileSync(path.join(hops.master(), README), 'utf8')).not.toBe('changed')
    now += 8 * 86_400_000
    updateRepository('rpm', hops.upstream, 2)
    const walked = await hops.pull()
    expect([walked.scanned, walked.missed, walked.code]).toEqual([undefined, 1, null])
    expect(readFileSync(path.join(hops.master(), README), 'utf8')).toBe('changed')
    updateRepository('rpm', hops.upstream, 3)
    expect(await hops.pull()).toMatchObject({ scanned: 'index' })
  })

  it('is a repository that is new: the folder around has another time', async () => {
    const hops = await start('debian')
    cpSync(path.join(hops.upstream, 'dists/stable'), path.join(hops.upstream, 'dists/newer'), {
      recursive: true,
      verbatimSymlinks: true,
    })
    expect((await hops.pull()).scanned).toBeUndefined()
    expect(existsSync(path.join(hops.master(), 'dists/newer/InRelease'))).toBe(true)
    updateRepository('debian', hops.upstream, 1)
    expect(await hops.pull()).toMatchObject({ code: null, scanned: 'index' })
  })
})

describe('an upstream in motion', () => {
  it('is published by the root that was fetched, though it has a newer one by then', async () => {
    const hops = await start('debian')
    updateRepository('debian', hops.upstream, 1)
    const wanted = read(hops.upstream, IN_RELEASE)
    hops.onLine((line) => {
      if (line !== '[by index: indices]') return
      hops.onLine(() => {})
      updateRepository('debian', hops.upstream, 2)
    })
    // The package that update 1 brought is gone by now, so the root of update 2 is taken.
    expect(await hops.pull()).toMatchObject({ code: null, scanned: 'index', verify: { state: 'whole' } })
    expect(read(hops.master(), IN_RELEASE)).not.toBe(wanted)
    // Nothing names the sums of update 1 any more.
    const differences = differencesOf(hops.upstream, hops.master())
    expect(differences.filter((name) => !name.includes('by-hash'))).toEqual([])
  })

  it('has its indices fetched by their sums when the plain names are newer', async () => {
    const hops = await start('debian')
    const { added } = updateRepository('debian', hops.upstream, 1)
    const [wanted, content] = [read(hops.upstream, IN_RELEASE), readFileSync(path.join(hops.upstream, added))]
    hops.onLine((line) => {
      if (line !== '[by index: indices]') return
      hops.onLine(() => {})
      updateRepository('debian', hops.upstream, 2)
      replace(hops.upstream, added, content)
    })
    expect(await hops.pull()).toMatchObject({ code: null, scanned: 'index', verify: { state: 'whole' } })
    expect(read(hops.master(), IN_RELEASE)).toBe(wanted)
    expect(await hops.pull()).toMatchObject({ code: null, scanned: 'index' })
    expect(differencesOf(hops.upstream, hops.master())).toEqual([added])
  })
})

it('what would delete too much is blocked as after a walk', async () => {
  const hops = await start('fedora', { delete_guard_percent: 5 })
  const list = path.join(hops.upstream, 'fedora/fullfiletimelist-fedora')
  const kept = readFileSync(list, 'utf8')
    .split('\n')
    .filter((line) => !/Packages/.test(line))
  replace(hops.upstream, 'fedora/fullfiletimelist-fedora', kept.join('\n'))
  expect(await hops.pull()).toMatchObject({ code: 'DELETE_GUARD' })
})

it('a project that does not ask for it is walked', async () => {
  const hops = await start('rpm', { by_index: false })
  updateRepository('rpm', hops.upstream, 1)
  expect((await hops.pull()).scanned).toBeUndefined()
})

// Upstreams that are not whole by their own indices: what is repaired, what is held, and what the fleet goes on serving.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { extract } from 'tar'
import { describe, expect, it } from 'vitest'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { type Hops, startHops } from '../helpers/hops.ts'
import { filesIn, judge, openRepository, type RecordedLayout, type Repository } from '../helpers/repositories.ts'
import { put } from '../helpers/unlucky.ts'

const PACKAGES = 'dists/stable/main/binary-amd64/Packages.xz'
const IN_RELEASE = 'dists/stable/InRelease'
const REPOMD = 'updates/x86_64/repodata/repomd.xml'

interface Started {
  hops: Hops
  /** What the master serves, as a repository. */
  served: () => Repository
}

/** An upstream with a recorded repository, and a project that checks its signatures. */
async function start(layout: RecordedLayout, project: Partial<StoredProject> = {}): Promise<Started> {
  const { root } = await openRepository(layout)
  const hops = await startHops({
    settings: { KEYRINGS_DIR: root },
    project: { publish: 'atomic', layout, stages: 'by_layout', verify_keyring: 'keyring', ...project },
  })
  await extract({ file: path.resolve(`test/fixtures/${layout}.tar.gz`), cwd: path.dirname(hops.upstream) })
  return { hops, served: () => ({ layout, root, folder: hops.master() }) }
}

const change = (folder: string, name: string, edit: (text: string) => string): void => {
  const file = path.join(folder, name)
  const text = readFileSync(file, 'latin1')
  rmSync(file)
  writeFileSync(file, edit(text), 'latin1')
}
const read = (folder: string, name: string) => readFileSync(path.join(folder, name), 'latin1')
const problems = (repository: Repository) =>
  judge(repository, { allSums: true }).then((judgement) => judgement.problems)

describe('an atomic project', () => {
  it('publishes what is whole, and says so', async () => {
    const { hops, served } = await start('debian')
    expect((await hops.pull()).verify).toMatchObject({ state: 'whole', problems: [], grade: 'full' })
    expect(await problems(served())).toEqual([])
  })

  it('repairs plain names from by-hash without the network, and leaves the served tree as it is', async () => {
    const { hops, served } = await start('debian')
    change(hops.upstream, PACKAGES, (text) => `${text}newer`)
    change(hops.upstream, 'dists/stable/Release', (text) => text.replace('Label: Fixture', 'Label: Newer'))
    const first = await hops.pull()
    expect(first).toMatchObject({ code: null, verify: { state: 'repaired', problems: [] } })
    expect(hops.log()).not.toContain('[names that are fetched by themselves]')
    expect(existsSync(path.join(hops.master(), 'dists/stable/Release.gpg'))).toBe(true)
    expect(await problems(served())).toEqual([])
    const servedFile = path.join(hops.master(), PACKAGES)
    const [bytes, { ino }] = [readFileSync(servedFile), statSync(servedFile)]
    change(hops.upstream, PACKAGES, (text) => `${text}newer still`)
    expect((await hops.pull()).verify?.state).toBe('repaired')
    expect(readFileSync(path.join(hops.master(), PACKAGES))).toEqual(bytes)
    expect(statSync(servedFile).ino === ino || readFileSync(servedFile).equals(bytes)).toBe(true)
    expect(await problems(served())).toEqual([])
    await hops.fanOut()
    expect(read(hops.slave(), PACKAGES)).toBe(bytes.toString('latin1'))
  })

  it('keeps what its indices name, whatever the upstream has deleted', async () => {
    const { hops, served } = await start('debian')
    await hops.pull()
    const gone = filesIn(path.join(hops.upstream, 'pool'))[0] ?? ''
    rmSync(path.join(hops.upstream, 'pool', gone))
    expect((await hops.pull()).verify?.state).toBe('repaired')
    expect(await problems(served())).toEqual([])
  })

  it('fetches again exactly what is wrong, once the upstream has settled', async () => {
    const { hops, served } = await start('rpm')
    await hops.pull()
    const signature = read(hops.upstream, `${REPOMD}.asc`)
    change(hops.upstream, `${REPOMD}.asc`, () => read(hops.upstream, 'BaseOS/x86_64/os/repodata/repomd.xml.asc'))
    hops.onLine((line) => {
      if (line.startsWith('[round 1 of')) change(hops.upstream, `${REPOMD}.asc`, () => signature)
    })
    expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'repaired' } })
    expect(await problems(served())).toEqual([])
  })

  it('never repairs a root from the generation before, which would bring that generation back', async () => {
    const { hops, served } = await start('rpm', { verify_keyring: null })
    await hops.pull()
    const root = 'BaseOS/x86_64/os'
    rmSync(path.join(hops.upstream, root, 'repodata/repomd.xml.asc'))
    change(hops.upstream, `${root}/repodata/repomd.xml`, (text) => `${text}<!-- newer -->\n`)
    const repomd = read(hops.upstream, `${root}/repodata/repomd.xml`)
    // An archive writes .treeinfo last; until then it has the sum of the old repomd.xml.
    hops.onLine((line) => {
      if (!line.startsWith('[round 1 of')) return
      const sum = createHash('sha256').update(repomd, 'latin1').digest('hex')
      change(hops.upstream, `${root}/.treeinfo`, (text) => text.replace(/(repomd\.xml = sha256:).*/, `$1${sum}`))
    })
    expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'repaired' } })
    expect(read(hops.master(), `${root}/repodata/repomd.xml`)).toBe(repomd)
    expect(await problems({ ...served(), root: hops.upstream })).toEqual([])
  })

  it('publishes what is held when a person says so, and only then', async () => {
    const { hops } = await start('debian')
    await hops.pull()
    change(hops.upstream, IN_RELEASE, (text) => text.replace('Origin: F', 'Origin: G'))
    expect((await hops.pull()).code).toBe('UPSTREAM_NOT_WHOLE')
    expect((await hops.pull({ force: true })).code).toBe('UPSTREAM_NOT_WHOLE')
    const published = await hops.pull({ publishHeld: true })
    expect(published).toMatchObject({
      code: null,
      verify: { state: 'warned', problems: [expect.stringContaining('InRelease')] },
    })
    expect(read(hops.master(), IN_RELEASE)).toBe(read(hops.upstream, IN_RELEASE))
  })

  it('holds what is not whole, serves the generation before, and publishes when the upstream is whole', async () => {
    const { hops, served } = await start('rpm')
    await hops.pull()
    await hops.fanOut()
    const [generation, repomd] = [hops.project().generation, read(hops.upstream, REPOMD)]
    change(hops.upstream, REPOMD, (text) => `${text}<!-- not signed -->`)
    writeFileSync(path.join(hops.upstream, 'README'), 'changed')
    const held = await hops.pull()
    expect(held).toMatchObject({ outcome: 'blocked', code: 'UPSTREAM_NOT_WHOLE', verify: { state: 'held' } })
    expect(held.error).toMatch(/not whole by its own indices.*repomd\.xml\.asc has a signature of another content/)
    expect(hops.project().generation).toBe(generation)
    expect(read(hops.master(), REPOMD)).toBe(repomd)
    expect(read(hops.master(), 'README')).not.toBe('changed')
    change(hops.upstream, REPOMD, () => repomd)
    expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'whole' } })
    expect(read(hops.master(), 'README')).toBe('changed')
    expect(await problems(served())).toEqual([])
  })

  it('holds the first generation too', async () => {
    const { hops } = await start('debian')
    const gone = filesIn(path.join(hops.upstream, 'pool')).find((name) => name.endsWith('.deb')) ?? ''
    const file = path.join(hops.upstream, 'pool', gone)
    const bytes = readFileSync(file)
    rmSync(file)
    expect(await hops.pull()).toMatchObject({
      code: 'UPSTREAM_NOT_WHOLE',
      verify: { problems: [expect.stringContaining(gone)] },
    })
    expect(existsSync(hops.master())).toBe(false)
    writeFileSync(file, bytes)
    expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'whole' } })
  })

  it('publishes and marks with warn', async () => {
    const { hops } = await start('debian', { verify: 'warn' })
    change(hops.upstream, IN_RELEASE, (text) => text.replace('Origin: F', 'Origin: G'))
    expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'warned' } })
    // Nothing changed: what was said of the served tree still holds.
    expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'warned', checked: 0 } })
  })

  it('says that its keyring is missing, and not that the key is unknown', async () => {
    const { hops } = await start('debian', { verify_keyring: 'other.gpg' })
    expect((await hops.pull()).error).toMatch(/The keyring other\.gpg is missing from KEYRINGS_DIR/)
  })

  it('looks at nothing without a layout', async () => {
    const { hops } = await start('debian', { layout: 'plain', stages: 'single', verify_keyring: null })
    change(hops.upstream, PACKAGES, () => 'broken')
    const result = await hops.pull()
    expect([result.code, result.verify]).toEqual([null, undefined])
  })

  it('never mirrors what the tools of the archive have there while they work', async () => {
    const { hops } = await start('debian')
    writeFileSync(path.join(hops.upstream, `${PACKAGES}.new`), 'half')
    await hops.pull()
    expect(existsSync(path.join(hops.master(), `${PACKAGES}.new`))).toBe(false)
  })
})

describe('a project in place', () => {
  const inPlace = { publish: 'in_place', verify: 'hold' } as const

  it('moves indices and deletes only when what they name is here', async () => {
    const { hops, served } = await start('rpm', inPlace)
    expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'whole' } })
    const repomd = read(hops.upstream, REPOMD)
    change(hops.upstream, REPOMD, (text) => `${text}<!-- not signed -->`)
    rmSync(path.join(hops.upstream, 'README'))
    writeFileSync(path.join(hops.upstream, 'new.rpm'), 'new')
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_NOT_WHOLE', verify: { state: 'held' } })
    expect(read(hops.master(), REPOMD)).toBe(repomd)
    expect(existsSync(path.join(hops.master(), 'README'))).toBe(true)
    expect(existsSync(path.join(hops.master(), 'new.rpm'))).toBe(true)
    change(hops.upstream, REPOMD, () => repomd)
    expect(await hops.pull()).toMatchObject({ code: null, verify: { state: 'whole' } })
    expect(existsSync(path.join(hops.master(), 'README'))).toBe(false)
    expect(await problems(served())).toEqual([])
  })

  it('is blocked, and keeps its indices, when a folder in the way of a link is more than may go', async () => {
    const { hops } = await start('rpm', inPlace)
    for (let number = 0; number < 100; number++) put(hops.upstream, `images/${number}`, `image ${number}`)
    await hops.pull()
    const repomd = read(hops.master(), REPOMD)
    rmSync(path.join(hops.upstream, 'images'), { recursive: true })
    symlinkSync('README', path.join(hops.upstream, 'images'))
    writeFileSync(path.join(hops.upstream, 'new.rpm'), 'new')
    change(hops.upstream, REPOMD, (text) => `${text}<!-- newer -->`)
    expect(await hops.pull()).toMatchObject({ outcome: 'blocked', code: 'DELETE_GUARD' })
    expect(read(hops.master(), 'images/7')).toBe('image 7')
    expect(read(hops.master(), REPOMD)).toBe(repomd)
    expect(existsSync(path.join(hops.master(), 'new.rpm'))).toBe(true)
  })

  it('deletes nothing that a current index names, with warn', async () => {
    const { hops, served } = await start('debian', { publish: 'in_place' })
    await hops.pull()
    const gone = filesIn(path.join(hops.upstream, 'pool'))[0] ?? ''
    rmSync(path.join(hops.upstream, 'pool', gone))
    rmSync(path.join(hops.upstream, 'README'))
    await hops.pull()
    expect(existsSync(path.join(hops.master(), 'pool', gone))).toBe(true)
    expect(existsSync(path.join(hops.master(), 'README'))).toBe(false)
    expect(await problems(served())).toEqual([])
  })

  it('tells the slaves of all that changed', async () => {
    const { hops } = await start('rpm', inPlace)
    await hops.pull()
    await hops.fanOut()
    rmSync(path.join(hops.upstream, 'README'))
    writeFileSync(path.join(hops.upstream, 'updates/x86_64/repodata/other'), 'new')
    writeFileSync(path.join(hops.upstream, 'new.rpm'), 'new')
    await hops.pull()
    expect((await hops.fanOut()).method).toBe('normal')
    expect(filesIn(hops.slave())).toEqual(filesIn(hops.upstream))
    // All is as it is upstream, the times of folders too.
    expect((await hops.pull()).summary).toMatchObject({ added: 0, modified: 0, deleted: 0 })
  })
})
